"""What is sealed opens with the patient's key, for its own use, in every process."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from cryptography.exceptions import InvalidTag

from services.embedded import Engines
from services.vault import Contact, Person, Vault
from tests.support.backend import Backend, fresh_database

LEE = Person("OS-7", "Lee", "Example", date(1990, 1, 1))
SAM = Contact("Sam Sponsor", "555-0100")


@pytest.fixture
def backend(shared_engines: Engines) -> Iterator[Backend]:
    with fresh_database(shared_engines) as fresh:
        yield fresh


def vault(backend: Backend) -> Vault:
    return Vault(backend.database_url, bytes(32))


def test_each_thing_opens_as_what_it_is(backend: Backend) -> None:
    mine = vault(backend)
    assert mine.open("ann", mine.seal("ann", LEE)) == LEE
    assert mine.open_contact("ann", mine.seal_contact("ann", SAM)) == SAM
    assert mine.open_seed("ann", mine.seal_seed("ann", b"seed")) == b"seed"


def test_nothing_opens_for_another_use_or_another_patient(backend: Backend) -> None:
    mine = vault(backend)
    seed = mine.seal_seed("ann", b"seed")
    mine.seal("ben", replace(LEE, mrn="OS-8"))
    with pytest.raises(InvalidTag):
        mine.open_contact("ann", seed)
    with pytest.raises(InvalidTag):
        mine.open("ann", mine.seal_contact("ann", SAM))
    with pytest.raises(InvalidTag):
        mine.open_seed("ben", seed)


def test_a_process_that_was_there_before_uses_the_key_that_another_made(backend: Backend) -> None:
    early, other = vault(backend), vault(backend)
    sealed = other.seal("ann", LEE)
    other.keep()
    contact, seed = early.seal_contact("ann", SAM), early.seal_seed("ann", b"seed")
    early.keep()
    late = vault(backend)
    assert late.open("ann", sealed) == LEE
    assert late.open_contact("ann", contact) == SAM
    assert late.open_seed("ann", seed) == b"seed"


def test_without_a_key_nothing_opens(backend: Backend) -> None:
    made = vault(backend)
    seed = made.seal_seed("ann", b"seed")
    # The key was never kept.
    with pytest.raises(LookupError):
        vault(backend).open_seed("ann", seed)


def test_a_contact_is_shown_to_nobody_by_accident() -> None:
    assert "Sam" not in repr(SAM)
    assert "Lee" not in repr(LEE)
