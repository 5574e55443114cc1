import pytest

from domain.errors import NotPositive
from domain.facility import (
    Facility,
    FacilityOpened,
    FacilityRevised,
    Room,
    RoomOpened,
    RoomRevised,
    StaffJoined,
    StaffRevised,
)
from domain.staff import Staff
from tests.support.domain_examples import CAUSE, FACILITY
from tests.support.given_when_then import fact, given

ROOM = Room("room-1", "Maple", 12)
STAFF = Staff("staff-7", "R. Ortiz", "LCSW")


def facility() -> Facility:
    return Facility.start(
        CAUSE,
        facility_id=FACILITY,
        name="Oak Street",
        timezone="America/New_York",
        week_starts_on="monday",
        late_after_minutes=10,
    )


def test_a_facility_opens_with_its_clock_its_week_and_its_limit_of_lateness() -> None:
    given().when(lambda _: facility()).then(
        fact(
            FacilityOpened,
            facility_id=FACILITY,
            name="Oak Street",
            timezone="America/New_York",
            week_starts_on="monday",
            late_after_minutes=10,
        )
    )


def test_a_facility_is_known_by_the_id_that_its_clinic_gives_it() -> None:
    assert facility().id == Facility.id_of(FACILITY)
    assert Facility.id_of(FACILITY) != Facility.id_of("elm-street")


REVISIONS = [
    {"name": "Oak Street North"},
    {"week_starts_on": "sunday"},
    {"late_after_minutes": 15},
]


@pytest.mark.parametrize("change", REVISIONS)
def test_revising_says_everything_that_may_change(change: dict[str, object]) -> None:
    facts = {"name": "Oak Street", "week_starts_on": "monday", "late_after_minutes": 10} | change
    given(facility()).when(lambda f: f.revise(CAUSE, **facts)).then(fact(FacilityRevised, **facts))


def test_revising_to_what_is_so_already_records_nothing() -> None:
    given(facility()).when(
        lambda f: f.revise(CAUSE, name="Oak Street", week_starts_on="monday", late_after_minutes=10)
    ).then_nothing()


def test_a_new_room_opens() -> None:
    given(facility()).when(lambda f: f.keep_room(CAUSE, ROOM)).then(
        fact(RoomOpened, room_id="room-1", name="Maple", capacity=12)
    )


@pytest.mark.parametrize("changed", [Room("room-1", "Birch", 12), Room("room-1", "Maple", 8)])
def test_a_room_that_is_there_is_revised(changed: Room) -> None:
    given(facility(), lambda f: f.keep_room(CAUSE, ROOM)).when(
        lambda f: f.keep_room(CAUSE, changed)
    ).then(fact(RoomRevised, room_id="room-1", name=changed.name, capacity=changed.capacity))


def test_keeping_the_same_room_again_records_nothing() -> None:
    given(facility(), lambda f: f.keep_room(CAUSE, ROOM)).when(
        lambda f: f.keep_room(CAUSE, ROOM)
    ).then_nothing()


def test_another_room_opens_beside_the_first() -> None:
    given(facility(), lambda f: f.keep_room(CAUSE, ROOM)).when(
        lambda f: f.keep_room(CAUSE, Room("room-2", "Maple", 12))
    ).then(fact(RoomOpened, room_id="room-2"))


def test_a_room_holds_at_least_one_patient() -> None:
    given(facility()).when(lambda f: f.keep_room(CAUSE, Room("room-1", "Cell", 1))).then(
        fact(RoomOpened, capacity=1)
    )


@pytest.mark.parametrize("capacity", [0, -1])
def test_a_room_that_holds_nobody_is_refused(capacity: int) -> None:
    given(facility()).when(
        lambda f: f.keep_room(CAUSE, Room("room-1", "Cell", capacity))
    ).then_refused(NotPositive, what="capacity")


def test_somebody_joins_the_staff() -> None:
    given(facility()).when(lambda f: f.keep_staff(CAUSE, STAFF)).then(
        fact(StaffJoined, staff_id="staff-7", name="R. Ortiz", credential="LCSW")
    )


@pytest.mark.parametrize(
    "changed", [Staff("staff-7", "R. Ortiz-Lee", "LCSW"), Staff("staff-7", "R. Ortiz", "LMFT")]
)
def test_a_person_of_staff_gets_another_name_or_credential(changed: Staff) -> None:
    given(facility(), lambda f: f.keep_staff(CAUSE, STAFF)).when(
        lambda f: f.keep_staff(CAUSE, changed)
    ).then(fact(StaffRevised, staff_id="staff-7", name=changed.name, credential=changed.credential))


def test_keeping_the_same_person_again_records_nothing() -> None:
    given(facility(), lambda f: f.keep_staff(CAUSE, STAFF)).when(
        lambda f: f.keep_staff(CAUSE, STAFF)
    ).then_nothing()
