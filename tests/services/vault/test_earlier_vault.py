"""A vault as earlier editions of Daybook left it opens, hashes and rotates."""

import base64
from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from domain.errors import IdentityUnreadable
from services.embedded import Engines
from services.vault import Contact, Person, Vault, WrongSiteKey
from tests.support.backend import Backend, fresh_database

SITE_KEY = bytes(range(32))
LEE = Person("OS-7", "Lee", "Example", date(1990, 1, 1))
SAM = Contact("Sam Sponsor", "555-0100")
SEALED = (
    "NszqaxMMmXItt219NVtzXCUHMwyOTUla70KeP5/bL77BGIW/BqDNBuq8O/92G6D6Z45IZItAc9vNWNIghlpUy79oK6rU"
    "4j2tynbzDegzBMT8RfWPP4KhWh5sf5vfnCe6LTBzRVMV2Ztm"
)
SEALED_CONTACT = (
    "/HuMZTJyM6OY1mfhqPpIMZ0f7waHO7VHd66UdXgD2vpb+6KxeuRzHZMBaI2xLLEI2RJOVE1f4aF4/iyjP5OUg8BmUWXr"
    "cZ72amY="
)
WRAPPED_KEY = base64.b64decode("1f16v+252yoXWdu276tELsWL/ngLVOnHlfNfDJKZvAOW0dyYyxPw8g==")
FINGERPRINT = bytes.fromhex("5ab8c392c2c54035a048aa6596dd415f0ce2e6f7c449b83e66f5d90f018993e5")
NUMBER_HASH = "35b242f5601086066c6e2b5878c71f0f86a11fbb4503f170ad338e47f50d939a"
COMMAND_HASH = "f20ec04b0793ea4c4e28e70305bfd886b8ba7479b5225db302da646fa9a8a078"


@pytest.fixture
def earlier(shared_engines: Engines) -> Iterator[Backend]:
    with fresh_database(shared_engines) as backend, psycopg.connect(backend.database_url) as conn:
        conn.execute("CREATE SCHEMA vault")
        conn.execute("CREATE TABLE vault.site (fingerprint bytea PRIMARY KEY)")
        conn.execute(
            "CREATE TABLE vault.patient_keys (patient_id text PRIMARY KEY,"
            " wrapped_key bytea NOT NULL)"
        )
        conn.execute("INSERT INTO vault.site VALUES (%s)", (FINGERPRINT,))
        conn.execute("INSERT INTO vault.patient_keys VALUES ('ann', %s)", (WRAPPED_KEY,))
        conn.commit()
        yield backend


def opens(vault: Vault) -> bool:
    session = vault.begin()
    return (session.open("ann", SEALED), session.open_contact("ann", SEALED_CONTACT)) == (LEE, SAM)


def test_what_was_sealed_and_hashed_is_known_again(earlier: Backend) -> None:
    vault = Vault(earlier.database_url, SITE_KEY)
    assert opens(vault)
    assert vault.number_hash("oak-street", "OS-7") == NUMBER_HASH
    assert vault.command_hash(b"asked").hex() == COMMAND_HASH


def test_another_site_key_is_refused(earlier: Backend) -> None:
    with pytest.raises(WrongSiteKey):
        Vault(earlier.database_url, bytes(32))
    earlier.run("DELETE FROM vault.site")
    with pytest.raises(WrongSiteKey):
        Vault(earlier.database_url, bytes(32))
    assert opens(Vault(earlier.database_url, SITE_KEY))


def test_its_site_key_is_rotated_and_its_hashes_stay(earlier: Backend) -> None:
    running = Vault(earlier.database_url, SITE_KEY)
    done = Vault(earlier.database_url, SITE_KEY).rotate(b"n" * 32, {"ann": SEALED})
    assert (done.keys, done.unproved) == (1, 0)
    late = Vault(earlier.database_url, b"n" * 32)
    for each in (running, late):
        assert opens(each)
        assert each.number_hash("oak-street", "OS-7") == NUMBER_HASH
        assert each.command_hash(b"asked").hex() == COMMAND_HASH


def test_a_rotation_binds_a_key_to_its_patient_where_it_opens_their_identity(
    earlier: Backend,
) -> None:
    with psycopg.connect(earlier.database_url) as conn:
        conn.execute("INSERT INTO vault.patient_keys VALUES ('ben', %s)", (WRAPPED_KEY,))
    vault = Vault(earlier.database_url, SITE_KEY)
    done = vault.rotate(b"n" * 32, {"ann": SEALED, "ben": SEALED})
    assert (done.keys, done.unproved) == (2, 1)
    assert opens(vault)
    # A bound key opens nothing once it stands in another patient's row.
    earlier.run(
        "UPDATE vault.patient_keys SET wrapped_key = (SELECT wrapped_key FROM vault.patient_keys"
        " WHERE patient_id = 'ann') WHERE patient_id = 'ben'"
    )
    with pytest.raises(IdentityUnreadable):
        vault.begin().seal("ben", LEE)
