"""The vault as one unit of work, or one report, uses it."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import psycopg

from domain.errors import IdentityUnreadable
from services.vault.encryption import KEY_BYTES, decrypt, encrypt
from services.vault.identities import Contact, Person

if TYPE_CHECKING:
    from services.vault.vault import Vault


class VaultSession:
    """Encrypts and decrypts for one unit of work, and keeps nothing beyond it.

    The keys that it makes are its own: they are stored in the transaction that saves its events, or
    never. A key is made with a patient's first identity alone: what comes later is encrypted under
    the key that is there, and where it is gone nothing is.
    """

    def __init__(
        self,
        vault: "Vault",
        unsaved: Mapping[str, bytes],
        conn: psycopg.Connection[Any] | None = None,
    ) -> None:
        self._vault = vault
        self._conn = conn
        self._keys: dict[str, bytes | None] = dict(unsaved)
        self._new: set[str] = set()
        self._used: set[str] = set()
        self._forgotten: set[str] = set()

    def load(self, patient_ids: Iterable[str]) -> None:
        """Read the keys of many patients at once."""
        if missing := [each for each in patient_ids if each not in self._keys]:
            found = self._vault.keys_of(missing, self._conn)
            self._keys |= {each: found.get(each) for each in missing}

    def number_hash(self, facility_id: str, mrn: str) -> str:
        """Return the keyed hash by which a record number is known."""
        return self._vault.number_hash(facility_id, mrn)

    def code_hash(self, facility_id: str, code: str) -> str:
        """Return the keyed hash by which a kiosk code is known."""
        return self._vault.code_hash(facility_id, code)

    def row_hash_key(self, facility_id: str) -> bytes:
        """Return the key under which the rows of a clinic's files are hashed."""
        return self._vault.row_hash_key(facility_id)

    # Identities

    def seal_first(self, patient_id: str, person: Person) -> str:
        """Encrypt who a new patient is, under a key made for them."""
        self._keys[patient_id] = secrets.token_bytes(KEY_BYTES)
        self._new.add(patient_id)
        return self._encrypt(patient_id, patient_id, person.encoded())

    def seal(self, patient_id: str, person: Person) -> str:
        """Encrypt who a patient is. Raises IdentityUnreadable."""
        return self._encrypt(patient_id, patient_id, person.encoded())

    def open(self, patient_id: str, sealed: str) -> Person:
        """Decrypt who a patient is. Raises IdentityUnreadable."""
        return Person.decoded(self._decrypt(patient_id, patient_id, sealed))

    # What belongs to a patient

    def seal_contact(self, patient_id: str, contact: Contact) -> str:
        """Encrypt who somebody close to a patient is. Raises IdentityUnreadable."""
        return self._encrypt(patient_id, f"{patient_id} contact", contact.encoded())

    def open_contact(self, patient_id: str, sealed: str) -> Contact:
        """Decrypt who somebody close to a patient is. Raises IdentityUnreadable."""
        return Contact.decoded(self._decrypt(patient_id, f"{patient_id} contact", sealed))

    def seal_seed(self, patient_id: str, seed: bytes) -> str:
        """Encrypt the seed of a patient's draws. Raises IdentityUnreadable."""
        return self._encrypt(patient_id, f"{patient_id} seed", seed)

    def open_seed(self, patient_id: str, sealed: str) -> bytes:
        """Decrypt the seed of a patient's draws. Raises IdentityUnreadable."""
        return self._decrypt(patient_id, f"{patient_id} seed", sealed)

    # Forgetting

    def forgotten(self, patient_ids: Collection[str]) -> set[str]:
        """Return who of these patients was forgotten, by what is on record now."""
        return self._vault.forgotten(patient_ids, self._conn)

    def forget(self, patient_id: str) -> None:
        """Have a patient's key destroyed with what is saved: nothing of theirs opens any more."""
        self._keys[patient_id] = None
        self._new.discard(patient_id)
        self._used.discard(patient_id)
        self._forgotten.add(patient_id)

    # Saving

    def save(self, conn: psycopg.Connection[Any]) -> None:
        """Store the keys made here, in the transaction of the events that need them.

        The keys of those who are forgotten are destroyed in it. Raises IdentityUnreadable where a
        key that was used has been dropped meanwhile.
        """
        if self._new or self._used:
            self._vault.store(conn, self.new_keys(), self._used - self._new)
        if self._forgotten:
            self._vault.destroy(conn, self._forgotten)

    def new_keys(self) -> dict[str, bytes]:
        """Return the keys that were made here."""
        return {each: key for each in self._new if (key := self._keys[each])}

    def _encrypt(self, patient_id: str, bound_to: str, clear: bytes) -> str:
        self._used.add(patient_id)
        return encrypt(self._key_of(patient_id), bound_to, clear)

    def _decrypt(self, patient_id: str, bound_to: str, sealed: str) -> bytes:
        clear = decrypt(self._key_of(patient_id), bound_to, sealed)
        if clear is None:
            raise IdentityUnreadable
        return clear

    def _key_of(self, patient_id: str) -> bytes:
        self.load([patient_id])
        key = self._keys[patient_id]
        if key is None:
            raise IdentityUnreadable
        return key
