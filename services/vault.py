"""Who patients are, under keys that live outside the journal.

Each patient's identity is sealed (AES-256-GCM) under a key of their own; the keys are wrapped
(AES key wrap) by the site's key and kept in PostgreSQL beside the journal. To forget a patient is
to drop their key: no event changes and no proof breaks.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import date

import orjson
import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from domain.errors import DaybookError

KEY_BYTES = 32
_NONCE_BYTES = 12

_TABLES = """
CREATE SCHEMA IF NOT EXISTS vault;
CREATE TABLE IF NOT EXISTS vault.site (fingerprint bytea PRIMARY KEY);
CREATE TABLE IF NOT EXISTS vault.patient_keys (
    patient_id text PRIMARY KEY,
    wrapped_key bytea NOT NULL
);
COMMENT ON SCHEMA vault IS 'Keys of identities, wrapped by the site''s key; not in the journal.';
"""


class WrongSiteKey(DaybookError):
    """The site's key is not the one under which this database's identities are sealed."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who a patient is. Shown to nobody by accident: its repr says nothing."""

    mrn: str
    given_name: str
    family_name: str
    born: date

    def __repr__(self) -> str:
        return "Person(...)"


@dataclass(frozen=True, slots=True)
class Contact:
    """Who somebody close to a patient is and how they can be reached."""

    name: str
    reached_at: str

    def __repr__(self) -> str:
        return "Contact(...)"


class Vault:
    """Seals and opens identities, and tells record numbers apart without keeping them."""

    def __init__(self, database_url: str, site_key: bytes) -> None:
        """Raise WrongSiteKey where another site's key sealed what is there."""
        self._database_url = database_url
        self._site_key = site_key
        self._keys: dict[str, bytes] = {}
        self._new: dict[str, bytes] = {}
        with psycopg.connect(database_url) as conn:
            conn.execute("SELECT pg_advisory_xact_lock(hashtext('daybook.vault'))")
            conn.execute(_TABLES)
            mine = self._keyed_hash("fingerprint")
            conn.execute(
                "INSERT INTO vault.site SELECT %s WHERE NOT EXISTS (SELECT FROM vault.site)",
                (mine,),
            )
            row = conn.execute("SELECT fingerprint FROM vault.site").fetchone()
            if row is None or not hmac.compare_digest(bytes(row[0]), mine):
                raise WrongSiteKey(
                    "the site's key does not fit this database: set DAYBOOK_SITE_KEY, or put back"
                    " the file site.key, that was in use when its identities were recorded"
                )
            for patient_id, wrapped in conn.execute("SELECT * FROM vault.patient_keys"):
                self._keys[patient_id] = bytes(wrapped)

    def number_hash(self, facility_id: str, mrn: str) -> str:
        """Return the keyed hash by which a record number is known."""
        return self._keyed_hash("record-number", facility_id, mrn).hex()

    def row_hash_key(self, facility_id: str) -> bytes:
        """Return the key under which the rows of a clinic's files are hashed."""
        return self._keyed_hash("imported-rows", facility_id)

    def command_hash(self, asked: bytes) -> bytes:
        """Return a keyed hash of all that a command asks for: who a patient is may be in it."""
        return hmac.new(self._site_key, b"command" + asked, hashlib.sha256).digest()

    def seal(self, patient_id: str, person: Person) -> str:
        """Encrypt an identity under the patient's key, made here if there is none."""
        return self._encrypt(patient_id, patient_id, orjson.dumps(person))

    def open(self, patient_id: str, sealed: str) -> Person:
        """Decrypt an identity."""
        known = orjson.loads(self._decrypt(patient_id, patient_id, sealed))
        return Person(**{**known, "born": date.fromisoformat(known["born"])})

    def seal_contact(self, patient_id: str, contact: Contact) -> str:
        """Encrypt who somebody close to a patient is, under the patient's key."""
        self._find_key(patient_id)
        return self._encrypt(patient_id, f"{patient_id} contact", orjson.dumps(contact))

    def open_contact(self, patient_id: str, sealed: str) -> Contact:
        """Decrypt who somebody close to a patient is."""
        return Contact(**orjson.loads(self._decrypt(patient_id, f"{patient_id} contact", sealed)))

    def seal_seed(self, patient_id: str, seed: bytes) -> str:
        """Encrypt the seed of a patient's draws: it would tell the days to come."""
        self._find_key(patient_id)
        return self._encrypt(patient_id, f"{patient_id} seed", seed)

    def open_seed(self, patient_id: str, sealed: str) -> bytes:
        """Decrypt the seed of a patient's draws."""
        return self._decrypt(patient_id, f"{patient_id} seed", sealed)

    def keep(self) -> None:
        """Store the keys made since; called before the events that need them are saved."""
        if new := dict(self._new):
            with psycopg.connect(self._database_url) as conn, conn.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO vault.patient_keys VALUES (%s, %s) ON CONFLICT DO NOTHING",
                    list(new.items()),
                )
            for patient_id in new:
                self._new.pop(patient_id, None)

    def discard_new_keys(self) -> None:
        """Forget the keys that were made for identities which are not recorded after all."""
        for patient_id in self._new:
            del self._keys[patient_id]
        self._new.clear()

    @property
    def _wrapping(self) -> bytes:
        return self._keyed_hash("wrapping")

    def _encrypt(self, patient_id: str, bound_to: str, clear: bytes) -> str:
        """Encrypt under a patient's key; what is bound to one use does not open as another."""
        if patient_id not in self._keys:
            key = secrets.token_bytes(KEY_BYTES)
            self._keys[patient_id] = self._new[patient_id] = aes_key_wrap(self._wrapping, key)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        body = AESGCM(self._key_of(patient_id)).encrypt(nonce, clear, bound_to.encode())
        return base64.b64encode(nonce + body).decode()

    def _decrypt(self, patient_id: str, bound_to: str, sealed: str) -> bytes:
        if not self._find_key(patient_id):
            raise LookupError(patient_id)
        raw = base64.b64decode(sealed)
        key = AESGCM(self._key_of(patient_id))
        return key.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to.encode())

    def _key_of(self, patient_id: str) -> bytes:
        return aes_key_unwrap(self._wrapping, self._keys[patient_id])

    def _find_key(self, patient_id: str) -> bool:
        """Tell whether a patient has a key, which another process may have made."""
        if patient_id not in self._keys:
            with psycopg.connect(self._database_url) as conn:
                row = conn.execute(
                    "SELECT wrapped_key FROM vault.patient_keys WHERE patient_id = %s",
                    (patient_id,),
                ).fetchone()
            if row:
                self._keys[patient_id] = bytes(row[0])
        return patient_id in self._keys

    def _keyed_hash(self, *parts: str) -> bytes:
        message = chr(31).join(parts).encode()
        return hmac.new(self._site_key, message, hashlib.sha256).digest()
