"""The site's key and the two secrets that it opens: one wraps patients' keys, one hashes.

The first site key of a database *is* the hashing secret, and the wrapping key is derived from it,
so that nothing has to be stored. Once the site's key was rotated, both secrets are stored for each
site key that is in use, sealed under it: the wrapping key is then a new one, and the hashing secret
stays as it was, since the ids of record numbers derive from it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg.rows import tuple_row

from domain.errors import DaybookError
from services.vault import patient_keys
from services.vault.encryption import KEY_BYTES, NONCE_BYTES

_BOUND_TO = b"daybook.site-secrets"

TABLES: LiteralString = """
CREATE SCHEMA IF NOT EXISTS vault;
CREATE TABLE IF NOT EXISTS vault.site (fingerprint bytea PRIMARY KEY);
ALTER TABLE vault.site ADD COLUMN IF NOT EXISTS secrets bytea;
COMMENT ON SCHEMA vault IS 'Keys of identities, wrapped by the site''s key; not in the journal.';
COMMENT ON TABLE vault.site IS 'The site keys that open this vault: several while one is rotated.';
COMMENT ON COLUMN vault.site.fingerprint IS 'A keyed hash, by which a site key is recognized.';
COMMENT ON COLUMN vault.site.secrets IS
    'What it opens, sealed under it; empty where all derives from it.';
"""


class WrongSiteKey(DaybookError):
    """The site's key is not the one under which this database's identities are sealed."""


@dataclass(frozen=True, slots=True)
class SiteSecrets:
    """What a site key opens. `wrapping` wraps patients' keys, `hashing` keys all hashes."""

    wrapping: bytes
    hashing: bytes

    def __repr__(self) -> str:
        return "SiteSecrets(...)"

    @classmethod
    def derived(cls, site_key: bytes) -> "SiteSecrets":
        """Return the secrets of a database's first site key."""
        return cls(_keyed_hash(site_key, "wrapping"), site_key)

    @classmethod
    def opened(cls, site_key: bytes, sealed: bytes) -> "SiteSecrets":
        """Return the secrets that are stored for a site key. Raises WrongSiteKey."""
        cipher = AESGCM(_keyed_hash(site_key, "site-secrets"))
        try:
            both = cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _BOUND_TO)
        except (InvalidTag, ValueError):
            raise WrongSiteKey(
                "what the site's key opens in this database was changed: restore the schema vault"
                " from a backup"
            ) from None
        return cls(both[:KEY_BYTES], both[KEY_BYTES:])

    def sealed(self, site_key: bytes) -> bytes:
        """Return the secrets as they are stored for a site key."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        cipher = AESGCM(_keyed_hash(site_key, "site-secrets"))
        return nonce + cipher.encrypt(nonce, self.wrapping + self.hashing, _BOUND_TO)

    def hashed(self, message: bytes) -> bytes:
        """Return a keyed hash."""
        return hmac.new(self.hashing, message, hashlib.sha256).digest()


def fingerprint_of(site_key: bytes) -> bytes:
    """Return that by which a site key is recognized."""
    return _keyed_hash(site_key, "fingerprint")


def prepare(conn: psycopg.Connection[Any], site_key: bytes) -> SiteSecrets:
    """Make the vault's tables where there are none; return what the site's key opens.

    Raises WrongSiteKey, also where no site key is on record but patients' keys or identities are,
    and nothing proves that it is this one.
    """
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('daybook.vault'))")
    [(known,)] = conn.execute(
        "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'vault'"
        " AND (table_name, column_name) IN (('site', 'secrets'), ('patient_keys', 'wrapped_key'))"
    ).fetchall()
    if known < 2:
        conn.execute(TABLES)
        conn.execute(patient_keys.TABLE)
    if conn.execute("SELECT FROM vault.site LIMIT 1").fetchone() is None:
        _admit_first(conn, site_key)
    found = read(conn, site_key)
    patient_keys.destroy_forgotten(conn)
    return found


def read(conn: psycopg.Connection[Any], site_key: bytes) -> SiteSecrets:
    """Return what a site key opens as of now. Raises WrongSiteKey."""
    with conn.cursor(row_factory=tuple_row) as curs:
        curs.execute(
            "SELECT secrets FROM vault.site WHERE fingerprint = %s", (fingerprint_of(site_key),)
        )
        row = curs.fetchone()
    if row is None:
        raise WrongSiteKey(
            "the site's key does not fit this database: set DAYBOOK_SITE_KEY, or put back"
            " the file site.key, that was in use when its identities were recorded or that took"
            " its place since"
        )
    return SiteSecrets.derived(site_key) if row[0] is None else SiteSecrets.opened(site_key, row[0])


def has_site_key(database_url: str) -> bool:
    """Tell whether some site key is in use in a database, so that a new one would open nothing."""
    with psycopg.connect(database_url) as conn:
        if conn.execute("SELECT to_regclass('vault.site')").fetchone() != (None,):
            row = conn.execute(
                "SELECT EXISTS (SELECT FROM vault.site) OR EXISTS (SELECT FROM vault.patient_keys)"
            ).fetchone()
            if row == (True,):
                return True
        return _has_identities(conn)


def _admit_first(conn: psycopg.Connection[Any], site_key: bytes) -> None:
    """Put the first site key on record. Raises WrongSiteKey."""
    wrapped = conn.execute("SELECT patient_id, wrapped_key FROM vault.patient_keys").fetchall()
    if not wrapped and not _has_identities(conn):
        proved = True
    else:
        proved = _opens_any(SiteSecrets.derived(site_key), wrapped)
    if not proved:
        raise WrongSiteKey(
            "the record of this database's site key is gone, and nothing shows that it is this"
            " one: restore the schema vault from a backup"
        )
    conn.execute("INSERT INTO vault.site VALUES (%s)", (fingerprint_of(site_key),))


def _has_identities(conn: psycopg.Connection[Any]) -> bool:
    if conn.execute("SELECT to_regclass('journal.journal_events')").fetchone() == (None,):
        return False
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM journal.journal_events"
        " WHERE originator_version = 1 AND topic = 'identity.recorded')"
    ).fetchone()
    return bool(row and row[0])


def _opens_any(found: SiteSecrets, wrapped: Iterable[tuple[str, bytes]]) -> bool:
    return any(
        patient_keys.unwrapped(found.wrapping, patient_id, bytes(key))
        for patient_id, key in wrapped
    )


def _keyed_hash(key: bytes, purpose: str) -> bytes:
    return hmac.new(key, purpose.encode(), hashlib.sha256).digest()
