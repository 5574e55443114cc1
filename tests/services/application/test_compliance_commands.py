"""The commands about what binds: policies, waivers, and who pays for and looks after whom."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.errors import (
    EndsBeforeStart,
    NoCredential,
    NotAdmitted,
    NotOnRecord,
    NotYet,
    PayerMissing,
    PolicyUnsound,
    RecordMerged,
    Refusal,
)
from domain.facility import Facility
from domain.program import Program
from domain.staff import Credential
from services.application import NotKnown
from services.application.episode import assign_counselor, change_payer, justify_stay
from services.application.plans import waive_rule, withdraw_waiver
from services.application.policies import (
    adopt_payer_policy,
    adopt_policy,
    drop_payer_policy,
    drop_policy,
)
from services.application.signatures import merge_patients
from services.policy_packs import packs
from tests.support.small_clinic import (
    ANN,
    BEN,
    FACILITY,
    FRIDAY,
    MONDAY,
    PROGRAM,
    WEDNESDAY,
    SmallClinic,
)

SUNDAY = MONDAY - timedelta(days=1)
ASAM, PER_DIEM = packs()["asam-2.1-adult"], packs()["commercial-per-diem"]
UNSOUND = replace(ASAM, version=0)


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


def adopt(clinic: SmallClinic, policy: Any = ASAM, program_id: str = PROGRAM) -> None:
    clinic.daybook.handle(clinic.context(), adopt_policy, FACILITY, program_id, policy, MONDAY)


def waive(clinic: SmallClinic, patient_id: str = ANN, last_day: date = FRIDAY) -> None:
    clinic.daybook.handle(
        clinic.context(),
        waive_rule,
        patient_id,
        "days-a-week",
        first_day=MONDAY,
        last_day=last_day,
        reason="a new job",
    )


def withdraw(clinic: SmallClinic, first_day: date = MONDAY) -> None:
    clinic.daybook.handle(
        clinic.context(), withdraw_waiver, ANN, "days-a-week", first_day, "it came later"
    )


def adopt_for(clinic: SmallClinic, payer: str = "aetna", policy: Any = PER_DIEM) -> None:
    clinic.daybook.handle(clinic.context(), adopt_payer_policy, FACILITY, payer, policy, MONDAY)


def pay(
    clinic: SmallClinic, patient_id: str = ANN, payer: str = "aetna", day: date = FRIDAY
) -> None:
    clinic.daybook.handle(clinic.context(), change_payer, patient_id, payer, day)


def assign(
    clinic: SmallClinic, patient_id: str = ANN, staff_id: str = "staff-2", day: date = MONDAY
) -> None:
    clinic.daybook.handle(clinic.context(), assign_counselor, patient_id, staff_id, day)


def justify(
    clinic: SmallClinic, patient_id: str = ANN, day: date = MONDAY, author: str = "staff-1"
) -> None:
    clinic.daybook.handle(clinic.context(author), justify_stay, patient_id, day)


def credentialed(clinic: SmallClinic, staff_id: str, credential: Credential) -> None:
    site = clinic.journal.load(Facility.id_of(FACILITY))
    site.record_credential(clinic.context(), staff_id, credential)
    clinic.journal.save(site)


def test_a_program_adopts_a_policy_once_and_drops_it(clinic: SmallClinic) -> None:
    since = len(clinic.journal.order)
    for _ in range(2):
        adopt(clinic)
    for _ in range(2):
        clinic.daybook.handle(
            clinic.context(), drop_policy, FACILITY, PROGRAM, ASAM.policy_id, FRIDAY
        )
    assert clinic.topics(since) == ["program.policy-adopted", "program.policy-dropped"]
    program = clinic.journal.load(Program.id_of(FACILITY, PROGRAM))
    eve = FRIDAY - timedelta(days=1)
    assert [program.policy_on(ASAM.policy_id, day) for day in (eve, FRIDAY)] == [ASAM, None]


def test_a_rule_is_waived_once_and_the_waiver_withdrawn(clinic: SmallClinic) -> None:
    since = len(clinic.journal.order)
    for _ in range(2):
        waive(clinic)
    withdraw(clinic)
    assert clinic.topics(since) == ["patient.rule-waived", "patient.waiver-withdrawn"]


def test_a_payer_brings_a_policy_once_and_drops_it(clinic: SmallClinic) -> None:
    since = len(clinic.journal.order)
    for _ in range(2):
        adopt_for(clinic)
    named = (FACILITY, "aetna", PER_DIEM.policy_id)
    for _ in range(2):
        clinic.daybook.handle(clinic.context(), drop_payer_policy, *named, FRIDAY)
    assert clinic.topics(since) == [
        "facility.payer-policy-adopted",
        "facility.payer-policy-dropped",
    ]
    site = clinic.journal.load(Facility.id_of(FACILITY))
    eve = FRIDAY - timedelta(days=1)
    found = [site.payer_policy_on(*named[1:], day) for day in (eve, FRIDAY)]
    assert found == [PER_DIEM, None]


def test_somebody_else_pays_from_a_day_on(clinic: SmallClinic) -> None:
    since = len(clinic.journal.order)
    for _ in range(2):
        pay(clinic)
    assert clinic.topics(since) == ["patient.payer-changed"]
    ann, days = clinic.patient(ANN), (SUNDAY, MONDAY, WEDNESDAY, FRIDAY)
    assert [ann.payer_on(day) for day in days] == [None, "self", "self", "aetna"]


def test_a_counselor_is_assigned_from_a_day_on(clinic: SmallClinic) -> None:
    since = len(clinic.journal.order)
    for _ in range(2):
        assign(clinic, day=WEDNESDAY)
    assert clinic.topics(since) == ["patient.counselor-assigned"]
    ann = clinic.patient(ANN)
    assert [ann.counselor_on(day) for day in (MONDAY, WEDNESDAY)] == [None, "staff-2"]


def test_a_stay_is_justified_under_the_credential_of_that_day(clinic: SmallClinic) -> None:
    credentialed(clinic, "staff-2", Credential("LMSW", MONDAY, MONDAY))
    credentialed(clinic, "staff-2", Credential("LCSW", WEDNESDAY))
    clinic.at("09:00", FRIDAY)
    since = len(clinic.journal.order)
    for day in (MONDAY, WEDNESDAY, MONDAY):
        justify(clinic, day=day, author="staff-2")
    events = [
        each for each in clinic.journal.all_events() if each.TOPIC == "patient.stay-justified"
    ]
    told = [(each.justified_on, each.credential, each.author) for each in events]
    assert told == [(MONDAY, "LMSW", "staff-2"), (WEDNESDAY, "LCSW", "staff-2")]
    assert len(clinic.journal.order) == since + 2


def test_of_a_record_that_was_merged_nothing_is_said(clinic: SmallClinic) -> None:
    clinic.daybook.handle(clinic.context(), merge_patients, BEN, into=ANN)
    before = len(clinic.journal.order)
    for command in (pay, assign, justify):
        with pytest.raises(RecordMerged):
            command(clinic, BEN)
    assert len(clinic.journal.order) == before


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (lambda clinic: adopt(clinic, UNSOUND), PolicyUnsound),
        (lambda clinic: adopt(clinic, program_id="nobody's"), NotKnown),
        (lambda clinic: waive(clinic, "nobody"), NotKnown),
        (lambda clinic: waive(clinic, last_day=MONDAY - timedelta(days=1)), EndsBeforeStart),
        (withdraw, NotOnRecord),
        (lambda clinic: adopt_for(clinic, policy=UNSOUND), PolicyUnsound),
        (lambda clinic: adopt_for(clinic, policy=packs()["nj-161b"]), PolicyUnsound),
        (lambda clinic: adopt_for(clinic, " "), PayerMissing),
        (
            lambda clinic: clinic.daybook.handle(
                clinic.context(), adopt_payer_policy, "elm", "aetna", PER_DIEM, MONDAY
            ),
            NotKnown,
        ),
        (lambda clinic: pay(clinic, "nobody"), NotKnown),
        (lambda clinic: pay(clinic, payer=""), PayerMissing),
        (lambda clinic: pay(clinic, day=SUNDAY), NotAdmitted),
        (lambda clinic: assign(clinic, "nobody"), NotKnown),
        (lambda clinic: assign(clinic, staff_id="somebody"), NoCredential),
        (lambda clinic: assign(clinic, day=SUNDAY), NotAdmitted),
        (lambda clinic: justify(clinic, "nobody"), NotKnown),
        (lambda clinic: justify(clinic, author="somebody"), NoCredential),
        (lambda clinic: justify(clinic, day=MONDAY + timedelta(days=1)), NotYet),
        (lambda clinic: justify(clinic, day=SUNDAY), NotAdmitted),
    ],
)
def test_a_refusal_records_nothing(
    clinic: SmallClinic, command: Any, refusal: type[Refusal]
) -> None:
    before = len(clinic.journal.order)
    with pytest.raises(refusal):
        command(clinic)
    assert len(clinic.journal.order) == before
