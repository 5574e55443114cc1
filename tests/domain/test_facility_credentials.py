from datetime import date, timedelta

import pytest

from domain.errors import EndsBeforeStart, NoCredential, NoSuchRoom, NotPositive
from domain.facility import (
    CLOSES_AFTER,
    ClosingDelaySet,
    CredentialRecorded,
    Facility,
)
from domain.staff import Credential, Staff
from tests.domain.test_facility import ROOM, STAFF, facility
from tests.support.domain_examples import CAUSE, MONDAY, Command
from tests.support.given_when_then import fact, given

DAY = timedelta(1)
SPRING = Credential("ASW", MONDAY, MONDAY + 30 * DAY)
SUMMER = Credential("LCSW", MONDAY + 60 * DAY, MONDAY + 90 * DAY)


def staffed(f: Facility) -> None:
    f.keep_staff(CAUSE, STAFF)


def has(credential: Credential, staff_id: str = "staff-7") -> Command:
    return lambda f: f.record_credential(CAUSE, staff_id, credential)


def closing_after(minutes: int) -> Command:
    return lambda f: f.set_closing_delay(CAUSE, minutes)


# Recording


def test_a_credential_and_its_days_are_put_on_record_once() -> None:
    spec = given(facility(), staffed)
    spec.when(has(SPRING)).then(fact(CredentialRecorded, staff_id="staff-7", credential=SPRING))
    spec.when(has(SPRING)).then_nothing()
    spec.when(has(SUMMER)).then(fact(CredentialRecorded, credential=SUMMER))
    spec.when(has(SPRING)).then_nothing()


def test_the_same_credential_on_other_days_is_another_one() -> None:
    longer = Credential("ASW", MONDAY, MONDAY + 31 * DAY)
    given(facility(), staffed, has(SPRING)).when(has(longer)).then(
        fact(CredentialRecorded, credential=longer)
    )


def test_who_is_not_of_the_staff_has_no_credential() -> None:
    given(facility(), staffed).when(has(SPRING, "staff-8")).then_refused(
        NoCredential, staff_id="staff-8", day=MONDAY
    )


@pytest.mark.parametrize(("days", "fits"), [(-1, False), (0, True), (1, True)])
def test_a_credential_does_not_end_before_it_begins(days: int, fits: bool) -> None:
    spec = given(facility(), staffed).when(has(Credential("ASW", MONDAY, MONDAY + days * DAY)))
    if fits:
        spec.then(fact(CredentialRecorded))
    else:
        spec.then_refused(EndsBeforeStart)


# On a day


def credential_on(day: date, *credentials: Credential) -> str:
    found = facility()
    staffed(found)
    for credential in credentials:
        has(credential)(found)
    return found.credential_on("staff-7", day)


@pytest.mark.parametrize("days", [-1000, 0, 1000])
def test_without_dated_ones_the_staff_lists_credential_holds(days: int) -> None:
    assert credential_on(MONDAY + days * DAY) == "LCSW"


@pytest.mark.parametrize(
    ("days", "name"), [(0, "ASW"), (1, "ASW"), (29, "ASW"), (30, "ASW"), (60, "LCSW"), (90, "LCSW")]
)
def test_a_credential_is_good_on_its_days_both_included(days: int, name: str) -> None:
    assert credential_on(MONDAY + days * DAY, SPRING, SUMMER) == name


@pytest.mark.parametrize("days", [-1, 31, 45, 59, 91])
def test_in_a_gap_of_the_dated_ones_there_is_none(days: int) -> None:
    day = MONDAY + days * DAY
    with pytest.raises(NoCredential, match=f"staff member staff-7 has no credential on {day}"):
        credential_on(day, SPRING, SUMMER)


@pytest.mark.parametrize(("day", "good"), [(MONDAY - DAY, False), (MONDAY, True), (date.max, True)])
def test_a_credential_without_a_last_day_goes_on(day: date, good: bool) -> None:
    forever = Credential("ASW", MONDAY)
    if good:
        assert credential_on(day, forever) == "ASW"
    else:
        with pytest.raises(NoCredential):
            credential_on(day, forever)


def test_of_several_on_a_day_the_last_recorded_holds() -> None:
    promoted = Credential("LMFT", MONDAY + 10 * DAY)
    assert credential_on(MONDAY + 9 * DAY, SPRING, promoted) == "ASW"
    assert credential_on(MONDAY + 10 * DAY, SPRING, promoted) == "LMFT"
    assert credential_on(MONDAY + 10 * DAY, promoted, SPRING) == "ASW"


def test_a_change_of_the_staff_list_does_not_touch_the_dated_ones() -> None:
    spec = given(facility(), staffed, has(SPRING))
    spec.when(lambda f: f.keep_staff(CAUSE, Staff("staff-7", "R. Ortiz", "LMFT")))
    assert spec.aggregate.credential_on("staff-7", MONDAY) == "ASW"


def test_who_is_not_there_has_no_credential_on_any_day() -> None:
    given(facility()).when(lambda f: f.credential_on("staff-7", MONDAY)).then_refused(
        NoCredential, staff_id="staff-7", day=MONDAY
    )


# Closing by itself


def test_sessions_are_closed_an_hour_after_their_end_where_nothing_else_is_said() -> None:
    assert facility().closes_after == CLOSES_AFTER == timedelta(minutes=60)
    given(facility()).when(closing_after(60)).then_nothing()


def test_a_facility_closes_its_sessions_later_or_sooner() -> None:
    spec = given(facility())
    spec.when(closing_after(61)).then(fact(ClosingDelaySet, minutes=61))
    assert spec.aggregate.closes_after == timedelta(minutes=61)
    spec.when(closing_after(61)).then_nothing()
    spec.when(closing_after(60)).then(fact(ClosingDelaySet, minutes=60))


@pytest.mark.parametrize(("minutes", "fits"), [(-1, False), (0, False), (1, True)])
def test_a_session_is_closed_a_minute_after_its_end_at_the_earliest(
    minutes: int, fits: bool
) -> None:
    spec = given(facility()).when(closing_after(minutes))
    if fits:
        spec.then(fact(ClosingDelaySet, minutes=1))
    else:
        spec.then_refused(NotPositive)


# Rooms


def test_a_room_is_known_by_its_id() -> None:
    spec = given(facility(), lambda f: f.keep_room(CAUSE, ROOM))
    assert spec.aggregate.room("room-1") == ROOM
    spec.when(lambda f: f.room("room-2")).then_refused(NoSuchRoom, room_id="room-2")


def test_a_credential_that_another_one_has_replaced_meanwhile_can_be_recorded_again() -> None:
    wrong = Credential("LMSW", SPRING.first_day, SPRING.last_day)
    spec = given(facility(), staffed, has(SPRING), has(wrong))
    spec.when(has(SPRING)).then(fact(CredentialRecorded, credential=SPRING))
    spec.when(has(SPRING)).then_nothing()
