"""What is sealed opens with the patient's key, for its own use, in every process."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import psycopg
import pytest

from domain.aggregate import CommandContext
from domain.errors import IdentityUnreadable
from domain.identity import Identity
from services.embedded import Engines
from services.vault import Contact, Person, Vault, VaultSession, WrongSiteKey, has_site_key
from tests.support.backend import Backend, fresh_database

LEE = Person("OS-7", "Lee", "Example", date(1990, 1, 1))
MAX = Person("OS-8", "Max", "Instance", date(1980, 5, 6))
SAM = Contact("Sam Sponsor", "555-0100")
CONTEXT = CommandContext("command-1", datetime(2025, 3, 3, 17, tzinfo=UTC), "staff-1")


@pytest.fixture
def backend(shared_engines: Engines) -> Iterator[Backend]:
    with fresh_database(shared_engines) as fresh:
        yield fresh


def vault(backend: Backend, site_key: bytes = bytes(32)) -> Vault:
    return Vault(backend.database_url, site_key)


def save(backend: Backend, session: VaultSession, patient_id: str, sealed: str) -> None:
    """Record an identity, with what a unit of work has decided of keys."""
    facts = {"facility_id": "oak-street", "patient_id": patient_id}
    identity = Identity.start(CONTEXT, **facts, sealed=sealed)
    backend.journal.save(identity, in_transaction=session.save)


def recorded(backend: Backend, patient_id: str = "ann", person: Person = LEE) -> str:
    session = vault(backend).begin()
    sealed = session.seal_first(patient_id, person)
    save(backend, session, patient_id, sealed)
    return sealed


def forget(backend: Backend) -> None:
    backend.run("DELETE FROM vault.patient_keys WHERE patient_id = 'ann'")


def test_each_thing_opens_as_what_it_is(backend: Backend) -> None:
    mine = vault(backend).begin()
    assert mine.open("ann", mine.seal_first("ann", LEE)) == LEE
    assert mine.open("ann", mine.seal("ann", MAX)) == MAX
    assert mine.open_contact("ann", mine.seal_contact("ann", SAM)) == SAM
    assert mine.open_seed("ann", mine.seal_seed("ann", b"seed")) == b"seed"


def test_nothing_opens_for_another_use_or_another_patient(backend: Backend) -> None:
    mine = vault(backend).begin()
    sealed = mine.seal_first("ann", LEE)
    seed, contact = mine.seal_seed("ann", b"seed"), mine.seal_contact("ann", SAM)
    mine.seal_first("ben", MAX)
    for opened, patient_id, what in (
        (mine.open_contact, "ann", seed),
        (mine.open, "ann", contact),
        (mine.open, "ben", sealed),
        (mine.open_seed, "ben", seed),
    ):
        with pytest.raises(IdentityUnreadable):
            opened(patient_id, what)


def test_a_contact_is_shown_to_nobody_by_accident() -> None:
    assert "Sam" not in repr(SAM)
    assert "Lee" not in repr(LEE)


# Whose a new key is


def test_a_key_is_stored_with_the_events_of_its_unit_of_work(backend: Backend) -> None:
    shared = vault(backend)
    mine, other = shared.begin(), shared.begin()
    sealed = mine.seal_first("ann", LEE)
    # Another unit of work on the same vault makes a key, and comes to nothing.
    other.seal_first("ben", MAX)
    save(backend, mine, "ann", sealed)
    assert backend.rows("SELECT patient_id FROM vault.patient_keys") == [("ann",)]
    assert vault(backend).begin().open("ann", sealed) == LEE


def test_a_key_is_not_stored_where_its_events_are_not(backend: Backend) -> None:
    recorded(backend, "ben", MAX)
    late = vault(backend).begin()
    sealed = late.seal_first("ann", LEE)
    with pytest.raises(Exception, match="journal_events"):
        save(backend, late, "ben", sealed)
    assert backend.rows("SELECT patient_id FROM vault.patient_keys") == [("ben",)]


def test_a_process_that_was_there_before_uses_the_key_that_another_made(backend: Backend) -> None:
    early = vault(backend)
    sealed = recorded(backend)
    session = early.begin()
    contact, seed = session.seal_contact("ann", SAM), session.seal_seed("ann", b"seed")
    late = vault(backend).begin()
    assert late.open("ann", sealed) == LEE
    assert late.open_contact("ann", contact) == SAM
    assert late.open_seed("ann", seed) == b"seed"


# Keys that are gone, or another patient's


def test_a_running_process_seals_nothing_under_a_key_that_was_dropped(backend: Backend) -> None:
    running = vault(backend)
    sealed = recorded(backend)
    assert running.begin().open("ann", sealed) == LEE
    forget(backend)
    session = running.begin()
    for use in (
        lambda: session.open("ann", sealed),
        lambda: session.seal("ann", LEE),
        lambda: session.seal_contact("ann", SAM),
        lambda: session.seal_seed("ann", b"seed"),
    ):
        with pytest.raises(IdentityUnreadable):
            use()
    assert backend.rows("SELECT * FROM vault.patient_keys") == []


def test_nothing_is_recorded_under_a_key_that_is_dropped_meanwhile(backend: Backend) -> None:
    recorded(backend)
    session = vault(backend).begin()
    identity = backend.journal.load(Identity.id_of("ann"))
    identity.correct(CONTEXT, session.seal("ann", MAX))
    forget(backend)
    with pytest.raises(IdentityUnreadable):
        backend.journal.save(identity, in_transaction=session.save)
    assert backend.journal.load(Identity.id_of("ann")).version == 1
    assert backend.rows("SELECT * FROM vault.patient_keys") == []


def test_swapped_keys_open_nothing_and_the_others_do(backend: Backend) -> None:
    of_ann, of_ben = recorded(backend), recorded(backend, "ben", MAX)
    of_cal = recorded(backend, "cal", replace(LEE, mrn="OS-9"))
    backend.run(
        "UPDATE vault.patient_keys k SET wrapped_key = o.wrapped_key FROM vault.patient_keys o"
        " WHERE (k.patient_id, o.patient_id) IN (('ann', 'ben'), ('ben', 'ann'))"
    )
    session = vault(backend).begin()
    for patient_id, sealed in (("ann", of_ann), ("ben", of_ben)):
        with pytest.raises(IdentityUnreadable):
            session.open(patient_id, sealed)
    assert session.open("cal", of_cal).mrn == "OS-9"


def test_a_key_of_any_length_that_is_none_opens_nothing(backend: Backend) -> None:
    sealed = recorded(backend)
    for damaged in (b"", bytes(5), bytes(40), bytes(60)):
        with psycopg.connect(backend.database_url) as conn:
            conn.execute("UPDATE vault.patient_keys SET wrapped_key = %s", (damaged,))
        with pytest.raises(IdentityUnreadable):
            vault(backend).begin().open("ann", sealed)


# What is stored tells nothing


def test_the_length_of_what_is_sealed_tells_nothing_of_a_name(backend: Backend) -> None:
    mine = vault(backend).begin()
    long = replace(LEE, family_name="Example-of-a-very-long-family-name " * 3)
    mine.seal_first("ann", LEE)
    assert len(mine.seal("ann", LEE)) == len(mine.seal("ann", long))
    other = Contact("Somebody-with-a-long-name", "somebody@example.org")
    assert len(mine.seal_contact("ann", SAM)) == len(mine.seal_contact("ann", other))
    text = "\x01" * 500
    longest = Person(text, text, text, LEE.born)
    assert mine.open("ann", mine.seal("ann", longest)) == longest


# The site's key


def test_a_vault_opens_under_its_own_site_key_alone(backend: Backend) -> None:
    vault(backend)
    with pytest.raises(WrongSiteKey, match="site's key does not fit"):
        vault(backend, b"k" * 32)


def test_where_the_record_of_the_site_key_is_gone_a_wrong_one_does_not_get_in(
    backend: Backend,
) -> None:
    sealed = recorded(backend)
    backend.run("DELETE FROM vault.site")
    with pytest.raises(WrongSiteKey, match="backup"):
        vault(backend, b"k" * 32)
    assert backend.rows("SELECT * FROM vault.site") == []
    # Patients' keys prove the right one.
    assert vault(backend).begin().open("ann", sealed) == LEE
    assert len(backend.rows("SELECT * FROM vault.site")) == 1


def test_where_nothing_proves_a_site_key_none_gets_in(backend: Backend) -> None:
    assert not has_site_key(backend.database_url)
    recorded(backend)
    assert has_site_key(backend.database_url)
    backend.run("DELETE FROM vault.site; DELETE FROM vault.patient_keys")
    assert has_site_key(backend.database_url)
    for site_key in (bytes(32), b"k" * 32):
        with pytest.raises(WrongSiteKey, match="backup"):
            vault(backend, site_key)
