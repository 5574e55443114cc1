"""Forgetting who a patient is: on record, under all their records, for good."""

from datetime import date

import pytest

from domain.errors import PersonForgotten, ReasonMissing, ReasonNamesPatient
from domain.identity import Identity, RecordNumber
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_testing import DrugTesting
from domain.patient import Referral
from services.application import NotKnown
from services.application.admissions import refer_patient
from services.application.forgetting import forget_patient
from services.application.identities import correct_identity, correct_record_number
from services.application.monitoring import draw_drug_tests
from services.application.signatures import merge_patients
from services.application.support_network import name_supporter
from services.clinic_import.rows import PatientRow, columns_of
from services.journal.imported_rows import IDENTIFYING_COLUMNS, PATIENTS
from services.vault import Contact, Person
from tests.support.small_clinic import ANN, FACILITY, MONDAY, PROGRAM, SmallClinic

LEE = Person("OS-7", "Lee", "Example", date(1990, 1, 1))
WHY = "asked for in writing on 3 March"


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


def refer(clinic: SmallClinic, person: Person = LEE) -> str:
    referral = Referral(PROGRAM, MONDAY, "County hospital", "inpatient")
    return clinic.daybook.handle(clinic.context(), refer_patient, FACILITY, person, referral)


def forget(clinic: SmallClinic, patient_id: str, because: str = WHY) -> None:
    clinic.daybook.handle(clinic.context(), forget_patient, patient_id, because)


def keys(clinic: SmallClinic) -> dict[str, bytes]:
    return clinic.vault._keys  # type: ignore[attr-defined,no-any-return]


def test_the_key_is_destroyed_with_the_event_and_once(clinic: SmallClinic) -> None:
    lee = refer(clinic)
    since = len(clinic.journal.order)
    for _ in range(2):
        forget(clinic, lee)
    assert clinic.topics(since) == ["identity.forgotten"]
    assert lee not in keys(clinic)


def test_each_record_of_the_person_is_forgotten_whichever_is_named(clinic: SmallClinic) -> None:
    first, second, third = (refer(clinic, Person(n, "L", "E", LEE.born)) for n in ("1", "2", "3"))
    clinic.daybook.handle(clinic.context(), merge_patients, first, into=second)
    clinic.daybook.handle(clinic.context(), merge_patients, second, into=third)
    other = refer(clinic)
    forget(clinic, first)
    assert set(keys(clinic)) & {first, second, third, other} == {other}
    for each in (first, second, third):
        assert clinic.journal.load(Identity.id_of(each)).forgotten


def test_nothing_of_who_they_were_is_recorded_again(clinic: SmallClinic) -> None:
    lee = refer(clinic)
    forget(clinic, lee)
    context, commands, sam = clinic.context(), clinic.daybook, Contact("Sam", "555-0100")
    before = len(clinic.journal.order)
    with pytest.raises(PersonForgotten):
        refer(clinic)
    with pytest.raises(PersonForgotten):
        commands.handle(context, correct_identity, lee, "L", "E", LEE.born)
    with pytest.raises(PersonForgotten):
        commands.handle(context, correct_record_number, lee, "OS-9")
    with pytest.raises(PersonForgotten):
        commands.handle(context, name_supporter, lee, "supporter-1", "sister", sam)
    assert len(clinic.journal.order) == before
    assert lee not in keys(clinic)


def test_their_record_number_stays_theirs(clinic: SmallClinic) -> None:
    forget(clinic, lee := refer(clinic))
    number = RecordNumber.id_of(clinic.vault.number_hash(FACILITY, LEE.mrn))
    assert clinic.journal.load(number).patient_id == lee
    assert refer(clinic, Person("OS-8", "Lee", "Example", LEE.born)) != lee


def test_a_patient_whose_key_was_lost_can_be_forgotten(clinic: SmallClinic) -> None:
    lee = refer(clinic)
    del keys(clinic)[lee]
    forget(clinic, lee)
    assert clinic.journal.load(Identity.id_of(lee)).forgotten


def test_no_more_drug_tests_are_drawn(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    facts = {"facility_id": FACILITY, "patient_id": ANN, "sealed": "c29tZWJvZHk="}
    clinic.journal.save(Identity.start(clinic.context(), **facts))
    clinic.daybook.handle(clinic.context(), draw_drug_tests, ANN, Gaps(1, 1))
    forget(clinic, ANN)
    assert clinic.journal.load(DrugTesting.id_of(ANN)).gaps is None
    with pytest.raises(PersonForgotten):
        clinic.daybook.handle(clinic.context(), draw_drug_tests, ANN, Gaps(1, 1))


@pytest.mark.parametrize(
    "because", ["Lee asked for it", "EXAMPLE, L.", "number OS-7", "born 1990-01-01"]
)
def test_the_reason_does_not_say_who_they_are(clinic: SmallClinic, because: str) -> None:
    lee = refer(clinic)
    with pytest.raises(ReasonNamesPatient):
        forget(clinic, lee, because)
    assert lee in keys(clinic)


def test_a_reason_is_given_and_somebody_is_there(clinic: SmallClinic) -> None:
    lee = refer(clinic)
    with pytest.raises(ReasonMissing):
        forget(clinic, lee, "  ")
    with pytest.raises(NotKnown):
        forget(clinic, "patient-0")


def test_what_is_dropped_of_a_clinics_file_is_what_says_who_somebody_is() -> None:
    secret = {name for name, column in columns_of(PatientRow).items() if column["secret"]}
    assert {*IDENTIFYING_COLUMNS, *PatientRow.KEY} == secret
    assert PatientRow.FILE == PATIENTS
