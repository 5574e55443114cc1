"""Name, birth date and record number put right; the patient stays the same."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from domain.errors import (
    IdentityDiffers,
    IdentityUnreadable,
    NumberTaken,
    OutOfBounds,
    PersonUnnamed,
    RecordNumberSpaced,
)
from domain.identity import Identity
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_testing import DrugTesting
from domain.patient import Referral
from services.application import NotKnown
from services.application.admissions import refer_patient
from services.application.identities import correct_identity, correct_record_number
from services.application.monitoring import draw_drug_tests
from services.application.support_network import name_supporter
from services.process_managers.drug_test_draws import Draws
from services.vault import Contact, Person
from tests.support.small_clinic import ANN, FACILITY, MONDAY, PROGRAM, WEDNESDAY, SmallClinic

LEE = Person("OS-7", "Lee", "Example", date(1990, 1, 1))
MAX = Person("OS-8", "Max", "Instance", date(1980, 5, 6))


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


def refer(clinic: SmallClinic, person: Person) -> str:
    referral = Referral(PROGRAM, MONDAY, "County hospital", "inpatient")
    return clinic.daybook.handle(clinic.context(), refer_patient, FACILITY, person, referral)


def known(clinic: SmallClinic, patient_id: str) -> Person:
    sealed = clinic.journal.load(Identity.id_of(patient_id)).sealed
    return clinic.vault.begin().open(patient_id, sealed)


@pytest.fixture
def lee(clinic: SmallClinic) -> str:
    return refer(clinic, LEE)


@pytest.fixture
def lost(clinic: SmallClinic, lee: str) -> Iterator[str]:
    """Somebody whose key was dropped, by whatever process."""
    del clinic.vault._keys[lee]  # type: ignore[attr-defined]
    before = len(clinic.journal.order)
    yield lee
    assert len(clinic.journal.order) == before
    assert lee not in clinic.vault._keys  # type: ignore[attr-defined]


def test_name_and_birth_date_are_put_right(clinic: SmallClinic, lee: str) -> None:
    since = len(clinic.journal.order)
    right = ("Leigh", "Sample", date(1990, 1, 2))
    for _ in range(2):
        clinic.daybook.handle(clinic.context(), correct_identity, lee, *right)
    assert clinic.topics(since) == ["identity.corrected"]
    assert known(clinic, lee) == Person("OS-7", *right)
    with pytest.raises(IdentityDiffers):
        refer(clinic, LEE)
    assert refer(clinic, Person("OS-7", *right)) == lee


def test_a_record_number_is_put_right_and_the_mistyped_one_is_free(
    clinic: SmallClinic, lee: str
) -> None:
    since = len(clinic.journal.order)
    for _ in range(2):
        clinic.daybook.handle(clinic.context(), correct_record_number, lee, "OS-9")
    topics = ["identity.corrected", "record-number.assigned", "record-number.withdrawn"]
    assert sorted(clinic.topics(since)) == topics
    assert known(clinic, lee) == replace(LEE, mrn="OS-9")
    assert refer(clinic, replace(LEE, mrn="OS-9")) == lee
    other = refer(clinic, replace(MAX, mrn="OS-7"))
    assert other != lee
    with pytest.raises(NumberTaken):
        clinic.daybook.handle(clinic.context(), correct_record_number, lee, "OS-7")


def test_a_number_that_was_withdrawn_can_be_given_back(clinic: SmallClinic, lee: str) -> None:
    for mrn in ("OS-9", "OS-7"):
        clinic.daybook.handle(clinic.context(), correct_record_number, lee, mrn)
    assert known(clinic, lee) == LEE
    assert refer(clinic, LEE) == lee


def test_a_number_of_another_patient_is_refused(clinic: SmallClinic, lee: str) -> None:
    refer(clinic, MAX)
    since = len(clinic.journal.order)
    with pytest.raises(NumberTaken):
        clinic.daybook.handle(clinic.context(), correct_record_number, lee, "OS-8")
    assert clinic.topics(since) == []


@pytest.mark.parametrize(("given_name", "family_name"), [(" ", "Example"), ("Lee", "")])
def test_nobody_is_without_a_name(
    clinic: SmallClinic, lee: str, given_name: str, family_name: str
) -> None:
    with pytest.raises(PersonUnnamed):
        clinic.daybook.handle(
            clinic.context(), correct_identity, lee, given_name, family_name, LEE.born
        )


@pytest.mark.parametrize("name", ["Lee\nNobody", "Lee\u2028Nobody", "Lee\rNobody"])
def test_a_name_has_one_line(clinic: SmallClinic, lee: str, name: str) -> None:
    with pytest.raises(OutOfBounds, match="more than one line"):
        clinic.daybook.handle(clinic.context(), correct_identity, lee, name, "Example", LEE.born)
    with pytest.raises(OutOfBounds, match="more than one line"):
        refer(clinic, replace(MAX, family_name=name))


def test_nobody_is_without_a_record_number(clinic: SmallClinic, lee: str) -> None:
    with pytest.raises(PersonUnnamed):
        clinic.daybook.handle(clinic.context(), correct_record_number, lee, " ")


@pytest.mark.parametrize("mrn", ["OS 9", "OS-9 ", "\u00a0OS-9"])
def test_a_record_number_has_no_spaces(clinic: SmallClinic, lee: str, mrn: str) -> None:
    with pytest.raises(RecordNumberSpaced):
        clinic.daybook.handle(clinic.context(), correct_record_number, lee, mrn)
    with pytest.raises(RecordNumberSpaced):
        refer(clinic, replace(MAX, mrn=mrn))


def test_nobody_is_put_right_who_is_not_there(clinic: SmallClinic) -> None:
    with pytest.raises(NotKnown):
        clinic.daybook.handle(clinic.context(), correct_identity, "patient-0", "Lee", "E", LEE.born)
    with pytest.raises(NotKnown):
        clinic.daybook.handle(clinic.context(), correct_record_number, "patient-0", "OS-9")


# A patient whose key is gone


def test_a_referral_of_somebody_whose_key_is_lost_is_refused(
    clinic: SmallClinic, lost: str
) -> None:
    with pytest.raises(IdentityUnreadable, match=r"vault\.patient_keys"):
        refer(clinic, LEE)
    assert lost


def test_nothing_is_encrypted_anew_for_somebody_whose_key_is_lost(
    clinic: SmallClinic, lost: str
) -> None:
    context, commands, sam = clinic.context(), clinic.daybook, Contact("Sam", "555-0100")
    with pytest.raises(IdentityUnreadable):
        commands.handle(context, correct_identity, lost, "L", "E", LEE.born)
    with pytest.raises(IdentityUnreadable):
        commands.handle(context, correct_record_number, lost, "OS-9")
    with pytest.raises(IdentityUnreadable):
        commands.handle(context, name_supporter, lost, "supporter-1", "sister", sam)


def test_no_drug_test_is_drawn_and_that_is_said_until_the_key_is_back(
    clinic: SmallClinic, caplog: pytest.LogCaptureFixture
) -> None:
    clinic.enrol(ANN)
    clinic.daybook.handle(clinic.context(), draw_drug_tests, ANN, Gaps(1, 1))
    key = clinic.vault._keys.pop(ANN)  # type: ignore[attr-defined]
    clinic.at("00:10", WEDNESDAY)
    for tests in (0, 1):
        again = Draws().do(clinic.daybook, clinic.context(), DrugTesting.id_of(ANN))
        assert again is not None
        assert again > clinic.now
        assert len(clinic.journal.load(DrugTesting.id_of(ANN)).tests) == tests
        clinic.vault._keys[ANN] = key  # type: ignore[attr-defined]
    [said] = caplog.messages
    assert "key is missing from the vault" in said
    assert ANN not in said
