"""Somebody is forgotten, and keys are rotated, while others record who patients are."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from threading import Event as Signal

import pytest

from domain.errors import IdentityUnreadable, PersonForgotten
from domain.identity import ContactRecorded, Identity, IdentityCorrected, IdentityForgotten
from domain.patient import Referral
from services.application import CommandBus, CommandHandler
from services.application.admissions import refer_patient
from services.application.forgetting import forget_patient
from services.application.identities import correct_identity
from services.application.support_network import name_supporter
from services.journal import Journal
from services.vault import Contact, Person, Vault
from tests.support.backend import Backend
from tests.support.small_clinic import FACILITY, MONDAY, PROGRAM, SmallClinic

LEE = Person("OS-7", "Lee", "Example", date(1990, 1, 1))
MAX = Person("OS-8", "Max", "Instance", date(1980, 5, 6))
KEYS = tuple(bytes([number]) * 32 for number in range(1, 5))
ROUNDS = 40


@pytest.fixture
def clinic(backend: Backend) -> SmallClinic:
    return SmallClinic(backend.journal, vault=Vault(backend.database_url, KEYS[0]))


@pytest.fixture
def bus(clinic: SmallClinic) -> Iterator[CommandBus]:
    with closing(CommandBus(clinic.journal, clinic.vault)) as running:
        yield running


def refer(clinic: SmallClinic, person: Person) -> str:
    referral = Referral(PROGRAM, MONDAY, "County hospital", "inpatient")
    return clinic.daybook.handle(clinic.context(), refer_patient, FACILITY, person, referral)


def test_nothing_of_them_is_sealed_after_the_event_and_everybody_else_goes_on(
    clinic: SmallClinic, bus: CommandBus, backend: Backend
) -> None:
    lee, other = refer(clinic, LEE), refer(clinic, MAX)
    halfway = Signal()

    def corrects(patient_id: str, number: int) -> str:
        """Put a name right again and again; say how it ended."""
        for each in range(ROUNDS):
            if each == ROUNDS // 2:
                halfway.set()
            name = f"Name{number}x{each}"
            try:
                bus.handle(
                    clinic.context(), correct_identity, patient_id, name, "Example", LEE.born
                )
                contact = Contact(name, "555-0100")
                bus.handle(
                    *(clinic.context(), name_supporter, patient_id, f"supporter-{number}"),
                    *("sister", contact),
                )
            except (PersonForgotten, IdentityUnreadable) as refused:
                return type(refused).__name__
        return "done"

    def forgets() -> str:
        assert halfway.wait(60)
        # As another process does it.
        with closing(Journal(backend.database_url, pool_size=2)) as journal:
            handler = CommandHandler(journal, clinic.vault)
            handler.handle(clinic.context(), forget_patient, lee, "asked for")
        return "forgotten"

    def rotates() -> str:
        for old, new in itertools.pairwise(KEYS):
            Vault(backend.database_url, old).rotate(new, {})
            clinic.vault._site_key = new
        return "rotated"

    with ThreadPoolExecutor(6) as pool:
        of_lee = [pool.submit(corrects, lee, number) for number in range(2)]
        of_other = [pool.submit(corrects, other, number) for number in range(2)]
        meanwhile = [pool.submit(rotates), pool.submit(forgets)]
        assert [each.result(120) for each in meanwhile] == ["rotated", "forgotten"]
        assert [each.result(120) for each in of_other] == ["done", "done"]
        assert {each.result(120) for each in of_lee} <= {"done", "PersonForgotten"}

    told = [type(each) for each in clinic.journal.events.get(Identity.id_of(lee))]
    assert told[-1] is IdentityForgotten
    assert told.count(IdentityForgotten) == 1
    assert {IdentityCorrected, ContactRecorded} <= set(told)
    assert (lee,) not in backend.rows("SELECT patient_id FROM vault.patient_keys")
    vault = Vault(backend.database_url, KEYS[-1])
    sealed = clinic.journal.load(Identity.id_of(other)).sealed
    assert vault.begin().open(other, sealed).family_name == "Example"
    with pytest.raises(IdentityUnreadable):
        vault.begin().open(lee, clinic.journal.load(Identity.id_of(lee)).sealed)
