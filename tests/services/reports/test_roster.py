"""The roster of a session while it fills, runs and is over; and whose its patients are."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from domain.patient import Referral
from domain.session import Absence
from services.access.authorize import check_command
from services.access.principal import Grant, Principal, Role
from services.application import NotKnown, UnitOfWork
from services.application.admissions import admit_patient, refer_patient
from services.application.check_in import (
    check_in,
    check_in_supporter,
    check_out,
    note_absence,
    turn_away,
)
from services.application.episode import assign_counselor
from services.application.rosters import book_patient, invite_supporter, wait_for_session
from services.application.sessions import close_session
from services.application.support_network import name_supporter
from services.reports.queries import NobodyThere, ReportQueries
from services.reports.roster import roster
from services.reports.sessions import sessions
from services.reports.viewer import EVERYTHING, Viewer, own_of
from services.vault import Contact, Person
from tests.services.reports.test_patient_page import fill
from tests.support.backend import Backend
from tests.support.small_clinic import FACILITY, MONDAY, PROGRAM, SmallClinic

NAMES = ("Ann Abel", "Ben Baker", "Cal Coe", "Dee Dunn")
BORN = date(1990, 3, 4)
REFERRAL = Referral(PROGRAM, MONDAY, "County hospital", "inpatient")


@dataclass
class Door:
    """A session at noon with three places, and four patients who have names."""

    backend: Backend
    patients: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clinic = SmallClinic(self.backend.journal, last_day=None, vault=self.backend.vault)
        for number, name in enumerate(NAMES):
            given, family = name.split()
            person = Person(f"OS-{number}", given, family, BORN)
            found = self.does(refer_patient, FACILITY, person, REFERRAL)
            facts = {"payer": "self", "focus": "co-occurring", "override": "known here"}
            self.does(admit_patient, found, admitted_on=MONDAY, **facts)
            self.patients[given] = found
        self.noon = self.clinic.own("skills")

    def does(self, command: Any, *words: Any, **more: Any) -> Any:
        return self.clinic.daybook.handle(self.clinic.context(), command, *words, **more)

    def reports(self, viewer: Viewer = EVERYTHING) -> ReportQueries:
        fill(self.backend)
        return ReportQueries(
            self.backend.database_url,
            self.backend.vault,
            now=self.clinic.now,
            facility_id=FACILITY,
            viewer=viewer,
        )

    def states(self) -> dict[str, str]:
        return {each["name"].split()[0]: each["state"] for each in self.rows()}

    def rows(self) -> list[dict[str, Any]]:
        return roster(self.reports(), session_id=self.noon).objects()

    def of_session(self, *columns: str) -> list[Any]:
        [row] = sessions(self.reports(), session_id=self.noon).objects()
        return [row[each] for each in columns]


@pytest.fixture
def door(backend: Backend) -> Door:
    return Door(backend)


def test_a_roster_says_where_everybody_is(door: Door) -> None:
    for name in ("Ann", "Ben", "Cal"):
        door.does(book_patient, door.noon, door.patients[name])
    door.does(wait_for_session, door.noon, door.patients["Dee"])
    assert door.states() == {
        **dict.fromkeys(("Ann", "Ben", "Cal"), "expected"),
        "Dee": "waiting",
    }
    assert door.of_session("places", "taken", "free", "waiting", "here") == [3, 3, 0, 1, 0]

    door.clinic.at("11:30")
    told = Absence("dentist", door.clinic.now, excused=False)
    door.does(note_absence, door.noon, door.patients["Ben"], told)
    door.clinic.at("11:58")
    door.does(check_in, door.noon, door.patients["Ann"])
    door.does(turn_away, door.noon, door.patients["Cal"], reason="intoxicated")
    assert door.states() == {
        "Ann": "here",
        "Ben": "absence_announced",
        "Cal": "turned_away",
        "Dee": "waiting",
    }
    assert door.of_session("here", "attended", "state") == [1, 0, "scheduled"]
    told = Absence("dentist", door.clinic.now, excused=True)
    door.does(note_absence, door.noon, door.patients["Ben"], told)
    door.clinic.at("13:00")
    door.does(check_out, door.noon, door.patients["Ann"])
    assert door.states() == {
        "Ann": "left",
        "Ben": "excused",
        "Cal": "turned_away",
        "Dee": "waiting",
    }

    door.clinic.at("15:00")
    door.does(close_session, door.noon)
    [ann, ben, *_] = door.rows()
    assert (ann["state"], ann["minutes"]) == ("attended", 60)
    assert (str(ann["signed_in_at"].time()), str(ann["signed_out_at"].time())) == (
        "11:58:00",
        "13:00:00",
    )
    assert (ben["state"], ben["absence"], ben["minutes"]) == ("excused", "dentist", 0)
    assert door.of_session("here", "attended", "state") == [0, 1, "closed"]


def test_who_comes_along_is_counted_beside_whom(door: Door) -> None:
    ann = door.patients["Ann"]
    door.does(book_patient, door.noon, ann)
    door.does(book_patient, door.noon, door.patients["Ben"])
    for number in (1, 2):
        contact = Contact(f"Kim {number}", "555 0100")
        door.does(name_supporter, ann, f"supporter-{number}", "sponsor", contact)
        door.does(invite_supporter, door.noon, ann, f"supporter-{number}")
    door.clinic.at("12:00")
    door.does(check_in_supporter, door.noon, "supporter-1")
    counts = [(each["supporters"], each["supporters_here"]) for each in door.rows()]
    assert counts == [(2, 1), (0, 0)]


def test_a_roster_is_in_the_order_of_family_names(door: Door) -> None:
    for name in ("Cal", "Ann", "Ben"):
        door.does(book_patient, door.noon, door.patients[name])
    assert [each["name"] for each in door.rows()] == ["Ann Abel", "Ben Baker", "Cal Coe"]
    assert {each["session_id"] for each in door.rows()} == {door.noon}
    assert roster(door.reports(), day=MONDAY + timedelta(days=1)).rows == []


def test_somebody_elses_session_is_there_for_their_own_patients_alone(door: Door) -> None:
    ann, ben = door.patients["Ann"], door.patients["Ben"]
    door.does(book_patient, door.noon, ann)
    door.does(book_patient, door.noon, ben)

    def seen(patients: set[str], of: set[str]) -> frozenset[str]:
        viewer = Viewer(frozenset(patients), frozenset(of))
        return roster(door.reports(viewer), session_id=door.noon).patients

    assert seen({ann}, set()) == {ann}
    assert seen(set(), {door.noon}) == set()
    with pytest.raises(NobodyThere, match="there is no such session"):
        seen(set(), set())


def test_whose_a_patient_is_the_read_models_and_the_decision_of_a_command_say_alike(
    door: Door,
) -> None:
    ann, ben, cal, dee = door.patients.values()
    for patient_id in (ann, ben):
        door.does(book_patient, door.noon, patient_id)
    evening = door.clinic.own("later", MONDAY + timedelta(days=60))
    door.does(book_patient, evening, cal)
    door.does(assign_counselor, dee, "staff-3", MONDAY)
    door.does(assign_counselor, ann, "staff-1", MONDAY)
    door.does(assign_counselor, ann, "staff-3", MONDAY + timedelta(days=7))
    told = {staff_id: own(door, staff_id) for staff_id in ("staff-1", "staff-2", "staff-3")}
    assert told == {"staff-1": {ann}, "staff-2": {ann, ben}, "staff-3": {ann, dee}}
    for staff_id, patients in told.items():
        assert {each for each in door.patients.values() if may(door, staff_id, each)} == patients


def own(door: Door, staff_id: str) -> set[str]:
    fill(door.backend)
    with psycopg.connect(door.backend.database_url, row_factory=namedtuple_row) as conn:
        return set(own_of(conn, FACILITY, staff_id, door.clinic.now.date())[0])


def may(door: Door, staff_id: str, patient_id: str) -> bool:
    """Tell whether a counselor may send a command about a patient."""
    principal = Principal(
        staff_id, staff_id, (Grant(Role.COUNSELOR, FACILITY, staff_id=staff_id),), "password"
    )
    clinic = door.clinic
    work = UnitOfWork(door.backend.journal, clinic.vault.begin(), clinic.context(), FACILITY)
    try:
        asked = {"patient_id": patient_id}
        check_command(work, principal, "patient.review-plan", asked, FACILITY)
    except NotKnown:
        return False
    return True
