"""A small clinic that was lived by people with names: each moment of it was another one."""

from datetime import date, timedelta
from typing import Any

from domain.patient import Enrolment, Plan, PlannedService, Referral
from services.application.admissions import admit_patient, refer_patient
from services.application.plans import set_plan
from services.application.rosters import book_patient, enrol_patient, wait_for_session
from services.application.signatures import merge_patients
from services.vault import Person
from tests.support.backend import Backend
from tests.support.evaluated_clinic import EvaluatedClinic
from tests.support.small_clinic import FACILITY, FRIDAY, MONDAY, PROGRAM, TRACK, WEDNESDAY

NAMES = ("Ann Abel", "Ben Baker", "Cal Coe", "Cal Cole")
PLAN = Plan(540, 3, (PlannedService("group", 90, 3, "week"),), ("sobriety",))


class Lived(EvaluatedClinic):
    """Two weeks in which two come, one waits and one was recorded twice."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(journal=backend.journal, vault=backend.vault)
        self.backend = backend
        self.people = [self.admitted(*each.split()) for each in NAMES]
        ann, ben, cal, again = self.people
        self.adopt(attended_minutes_min=540, days_per_week_min=3, group_max=2)
        for each in (ann, ben):
            self.does(enrol_patient, each, Enrolment(TRACK, ("MO", "WE", "FR"), MONDAY, None))
            self.does(set_plan, each, PLAN, MONDAY)
        self.does(wait_for_session, self.evening(FRIDAY).id, cal)
        self.attends(ann, MONDAY, WEDNESDAY)
        self.attends(ben, MONDAY)
        self.closes(MONDAY, WEDNESDAY)
        self.stays_away(ben, FRIDAY)
        self.does(merge_patients, again, cal)
        self.does(book_patient, self.own("art", MONDAY + timedelta(days=5)), ann)
        self.was_there(ben, WEDNESDAY, "19:00")

    def does(self, command: Any, *words: Any, **more: Any) -> Any:
        return self.daybook.handle(self.context(), command, *words, **more)

    def admitted(self, given: str, family: str) -> str:
        number = f"OS-{given}-{family}"
        person = Person(number, given, family, date(1990, 3, 4))
        found = self.does(
            refer_patient, FACILITY, person, Referral(PROGRAM, MONDAY, "Court", "community")
        )
        facts = {"payer": "self", "focus": "co-occurring", "override": "known here"}
        self.does(admit_patient, found, admitted_on=MONDAY, **facts)
        return str(found)
