"""The site's key is rotated while everything runs."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.identity import Identity
from services.embedded import Engines
from services.vault import KeysUnreadable, Vault, WrongSiteKey
from tests.services.vault.test_vault import LEE, MAX, SAM, recorded, save
from tests.support.backend import Backend, fresh_database

OLD, NEW, NEWER = bytes(32), b"n" * 32, b"m" * 32


@pytest.fixture
def backend(shared_engines: Engines) -> Iterator[Backend]:
    with fresh_database(shared_engines) as fresh:
        yield fresh


def test_both_site_keys_open_until_the_old_one_is_retired(backend: Backend) -> None:
    sealed = recorded(backend)
    running, hashed = Vault(backend.database_url, OLD), []
    Vault(backend.database_url, OLD).rotate(NEW, {})
    for site_key in (OLD, NEW):
        vault = Vault(backend.database_url, site_key)
        assert vault.begin().open("ann", sealed) == LEE
        hashed.append(vault.number_hash("oak-street", "OS-7"))
    assert set(hashed) == {running.number_hash("oak-street", "OS-7")}
    assert Vault(backend.database_url, NEW).retire_other_site_keys() == 1
    with pytest.raises(WrongSiteKey):
        Vault(backend.database_url, OLD)
    assert Vault(backend.database_url, NEW).begin().open("ann", sealed) == LEE


def test_a_process_that_runs_with_the_old_site_key_goes_on(backend: Backend) -> None:
    of_ann = recorded(backend)
    running = Vault(backend.database_url, OLD)
    begun = running.begin()
    of_ben = begun.seal_first("ben", MAX)
    Vault(backend.database_url, OLD).rotate(NEW, {})
    assert running.begin().open("ann", of_ann) == LEE
    save(backend, begun, "ben", of_ben)
    late = Vault(backend.database_url, NEW).begin()
    assert (late.open("ann", of_ann), late.open("ben", of_ben)) == (LEE, MAX)


def test_a_process_that_runs_with_a_retired_site_key_says_so(backend: Backend) -> None:
    sealed = recorded(backend)
    running = Vault(backend.database_url, OLD)
    Vault(backend.database_url, OLD).rotate(NEW, {})
    Vault(backend.database_url, NEW).retire_other_site_keys()
    with pytest.raises(WrongSiteKey):
        running.begin().open("ann", sealed)


def test_a_second_rotation_leaves_the_last_two_site_keys(backend: Backend) -> None:
    sealed = recorded(backend)
    Vault(backend.database_url, OLD).rotate(NEW, {})
    Vault(backend.database_url, NEW).rotate(NEWER, {})
    with pytest.raises(WrongSiteKey):
        Vault(backend.database_url, OLD)
    for site_key in (NEW, NEWER):
        assert Vault(backend.database_url, site_key).begin().open("ann", sealed) == LEE


def test_no_key_is_lost_that_is_made_while_the_site_key_is_rotated(backend: Backend) -> None:
    running = Vault(backend.database_url, OLD)

    def record(number: int) -> str:
        session = running.begin()
        sealed = session.seal_first(f"patient-{number}", LEE)
        save(backend, session, f"patient-{number}", sealed)
        return sealed

    with ThreadPoolExecutor(3) as threads:
        recording = threads.map(record, range(40))
        for site_key in (NEW, NEWER):
            running.rotate(site_key, {})
        sealed = list(recording)
    late = Vault(backend.database_url, NEWER).begin()
    assert {late.open(f"patient-{n}", each) for n, each in enumerate(sealed)} == {LEE}


def test_a_rotation_names_keys_that_do_not_open_and_changes_nothing(backend: Backend) -> None:
    recorded(backend)
    recorded(backend, "ben", MAX)
    backend.run("UPDATE vault.patient_keys SET wrapped_key = '' WHERE patient_id = 'ben'")
    before = backend.rows("SELECT * FROM vault.patient_keys")
    with pytest.raises(KeysUnreadable, match=r"1 of 2 patients' keys .* ben"):
        Vault(backend.database_url, OLD).rotate(NEW, {})
    assert backend.rows("SELECT * FROM vault.patient_keys") == before
    with pytest.raises(WrongSiteKey):
        Vault(backend.database_url, NEW)


def test_what_a_site_key_opens_is_taken_from_no_other_row(backend: Backend) -> None:
    recorded(backend)
    Vault(backend.database_url, OLD).rotate(NEW, {})
    backend.run(
        "UPDATE vault.site SET secrets = (SELECT secrets FROM vault.site ORDER BY 1 LIMIT 1)"
    )
    refused = 0
    for site_key in (OLD, NEW):
        try:
            Vault(backend.database_url, site_key)
        except WrongSiteKey:
            refused += 1
    assert refused == 1


def test_contacts_are_sealed_under_the_patients_key_after_a_rotation(backend: Backend) -> None:
    recorded(backend)
    running = Vault(backend.database_url, OLD)
    running.rotate(NEW, {})
    session = running.begin()
    identity = backend.journal.load(Identity.id_of("ann"))
    from_now_on = session.seal_contact("ann", SAM)
    assert identity.version == 1
    assert Vault(backend.database_url, NEW).begin().open_contact("ann", from_now_on) == SAM
