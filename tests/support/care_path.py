"""What the way of a patient through the care takes: who is referred, screened, admitted."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.errors import (
    Refusal,
)
from domain.levels import Level
from domain.patient import (
    Discharge,
    Referral,
)
from domain.screening import Candidacy, Finding
from services.application.admissions import (
    admit_patient,
    refer_patient,
    screen_patient,
)
from services.application.discharge import discharge_patient
from services.vault import Person
from tests.support.small_clinic import (
    FACILITY,
    MONDAY,
    PROGRAM,
    SmallClinic,
)

LEE = Person("OS-7", "Lee", "Example", date(1990, 1, 1))
REFERRAL = Referral(PROGRAM, MONDAY, "County hospital", "inpatient")
SOUND = Candidacy(
    stable_living=True, motivated=True, support_at_home=True, needs_24_hour_supervision=False
)
RATINGS = {str(number): 2 for number in range(1, 7)}
LEFT = Discharge(MONDAY, "completed", ("goals-met",))


ANSWERS = {str(number): 0 for number in range(1, 10)}


def finding(level: Level = "2.1", **otherwise: bool) -> Finding:
    candidacy = replace(SOUND, **otherwise)
    return Finding("3", RATINGS, candidacy, level, ("dimension-5",))


def referred(clinic: SmallClinic, person: Person = LEE, referral: Referral = REFERRAL) -> str:
    return clinic.daybook.handle(clinic.context(), refer_patient, FACILITY, person, referral)


def admit(clinic: SmallClinic, patient_id: str, day: date = MONDAY, **facts: Any) -> None:
    facts = {"payer": "medicaid", "focus": "co-occurring"} | facts
    clinic.daybook.handle(clinic.context(), admit_patient, patient_id, admitted_on=day, **facts)


def screened(clinic: SmallClinic, patient_id: str, found: Finding | None = None) -> None:
    day = clinic.now.date()
    clinic.daybook.handle(clinic.context(), screen_patient, patient_id, day, found or finding())


def discharged(clinic: SmallClinic, patient_id: str, discharge: Discharge = LEFT) -> None:
    clinic.daybook.handle(clinic.context(), discharge_patient, patient_id, discharge)


def refused(clinic: SmallClinic, refusal: type[Refusal], command: Any, *args: Any) -> None:
    before = len(clinic.journal.order)
    with pytest.raises(refusal):
        command(*args)
    assert len(clinic.journal.order) == before
