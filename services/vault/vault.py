"""The vault of a database: patients' keys, wrapped, beside the journal.

Each patient's identity is sealed (AES-256-GCM) under a key of their own; the keys are wrapped by a
secret that the site's key opens. A patient is forgotten by an event with which their key is
destroyed: no earlier event changes and no proof breaks. No key is kept in memory beyond the unit of
work that uses it.
"""

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from typing import Any, LiteralString

import psycopg
from psycopg.rows import tuple_row

from domain.errors import IdentityUnreadable
from services.database_url import with_limits
from services.vault import patient_keys, rotation, site_secrets
from services.vault.rotation import Rotation
from services.vault.session import VaultSession
from services.vault.site_secrets import SiteSecrets

_FILE: LiteralString = "SELECT pg_relation_filenode('vault.patient_keys')"


class Vault:
    """Hands out sessions, and tells record numbers apart without keeping them."""

    def __init__(self, database_url: str, site_key: bytes) -> None:
        """Raise WrongSiteKey where another site's key sealed what is there."""
        self._database_url = with_limits(database_url)
        self._site_key = site_key
        with psycopg.connect(self._database_url) as conn:
            self._secrets = site_secrets.prepare(conn, site_key)

    def begin(
        self,
        unsaved: Mapping[str, bytes] | None = None,
        conn: psycopg.Connection[Any] | None = None,
    ) -> VaultSession:
        """Return a session for one unit of work; `unsaved` are keys that are saved before it.

        Keys are read on a connection of their own, or on the one that is given.
        """
        return VaultSession(self, unsaved or {}, conn)

    # Hashes

    def number_hash(self, facility_id: str, mrn: str) -> str:
        """Return the keyed hash by which a record number is known."""
        return self._keyed_hash("record-number", facility_id, mrn).hex()

    def code_hash(self, facility_id: str, code: str) -> str:
        """Return the keyed hash by which a kiosk code is known."""
        return self._keyed_hash("kiosk-code", facility_id, code).hex()

    def kiosk_secret(self) -> bytes:
        """Return the secret of which the key derives that kiosks seal to."""
        return self._keyed_hash("kiosk-presses")

    def row_hash_key(self, facility_id: str) -> bytes:
        """Return the key under which the rows of a clinic's files are hashed."""
        return self._keyed_hash("imported-rows", facility_id)

    def command_hash(self, asked: bytes) -> bytes:
        """Return a keyed hash of all that a command asks for: who a patient is may be in it."""
        return self._secrets.hashed(b"command" + asked)

    def cursor_key(self) -> bytes:
        """Return the key under which it is sealed where a page of an answer ended."""
        return self._keyed_hash("page-cursors")

    def snapshot_key(self) -> bytes:
        """Return the key by which snapshots are authenticated: a rotation leaves it as it is."""
        return self._keyed_hash("snapshots")

    # Keys: for sessions

    def keys_of(
        self, patient_ids: Collection[str], on: psycopg.Connection[Any] | None = None
    ) -> dict[str, bytes]:
        """Return the keys of those patients whose key is there and theirs."""
        with nullcontext(on) if on else psycopg.connect(self._database_url) as conn:
            rows = conn.execute(
                "SELECT patient_id, wrapped_key FROM vault.patient_keys"
                " WHERE patient_id = ANY (%s)",
                (list(patient_ids),),
            ).fetchall()
            found = self._unwrapped(self._secrets, rows)
            if len(found) < len(rows):
                # Another process may have wrapped them anew since.
                found = self._unwrapped(self._secrets_now(conn), rows) | found
        return found

    def store(
        self, conn: psycopg.Connection[Any], new: Mapping[str, bytes], used: Collection[str]
    ) -> None:
        """Store new keys within a transaction; those used stay as long as it lasts.

        Raises IdentityUnreadable where one of them is not there any longer.
        """
        with conn.cursor(row_factory=tuple_row) as curs:
            # No rotation comes between: what is wrapped here is wrapped by the key that holds.
            curs.execute("SELECT pg_advisory_xact_lock_shared(hashtext('daybook.vault'))")
            if used:
                curs.execute(
                    "SELECT FROM vault.patient_keys WHERE patient_id = ANY (%s) FOR KEY SHARE",
                    (list(used),),
                )
                if len(curs.fetchall()) < len(set(used)):
                    raise IdentityUnreadable
        if new:
            wrapping = self._secrets_now(conn).wrapping
            wrapped = [patient_keys.wrapped(wrapping, *each) for each in new.items()]
            conn.execute(
                "INSERT INTO vault.patient_keys SELECT * FROM unnest(%s::text[], %s::bytea[])",
                (list(new), wrapped),
            )

    def destroy(self, conn: psycopg.Connection[Any], patient_ids: Collection[str]) -> None:
        """Destroy patients' keys within a transaction: who they are can never be read again."""
        # No rotation comes between, which would write a key back that it has read before.
        conn.execute("SELECT pg_advisory_xact_lock_shared(hashtext('daybook.vault'))")
        conn.execute(
            "DELETE FROM vault.patient_keys WHERE patient_id = ANY (%s)", (list(patient_ids),)
        )

    def forgotten(
        self, patient_ids: Collection[str], on: psycopg.Connection[Any] | None = None
    ) -> set[str]:
        """Return who of these patients was forgotten, as the journal beside the vault has it."""
        with nullcontext(on) if on else psycopg.connect(self._database_url) as conn:
            return patient_keys.forgotten(conn, patient_ids)

    def lost(self, patient_ids: Collection[str]) -> set[str]:
        """Return whose keys are not there, or are another patient's."""
        return set(patient_ids) - self.keys_of(patient_ids).keys()

    def rewrite_keys(self) -> bool:
        """Write the table of keys anew, so that no freed row of its file holds one.

        Nobody can read a key meanwhile, some milliseconds; tell whether it could be done.
        """
        with psycopg.connect(self._database_url, autocommit=True) as conn:
            try:
                before = conn.execute(_FILE).fetchone()
                conn.execute("SET lock_timeout = '5s'")
                # Who may not is only warned.
                conn.execute("VACUUM FULL vault.patient_keys")
            except psycopg.errors.LockNotAvailable:
                return False
            return conn.execute(_FILE).fetchone() != before

    # The site's key

    def rotate(self, new_site_key: bytes, identities: Mapping[str, str]) -> Rotation:
        """Wrap all keys anew, so that a new site key opens them; the present one still does, too.

        `identities` has the sealed identity of each patient, which shows whose a key is. Raises
        KeysUnreadable.
        """
        with psycopg.connect(self._database_url) as conn:
            done = rotation.rotate(conn, self._site_key, new_site_key, identities)
            self._secrets = site_secrets.read(conn, self._site_key)
        return done

    def retire_other_site_keys(self) -> int:
        """Retire every site key but this one; return how many there were."""
        with psycopg.connect(self._database_url) as conn:
            return rotation.retire_others(conn, self._site_key)

    def _secrets_now(self, conn: psycopg.Connection[Any]) -> SiteSecrets:
        self._secrets = site_secrets.read(conn, self._site_key)
        return self._secrets

    def _unwrapped(self, found: SiteSecrets, rows: Collection[Any]) -> dict[str, bytes]:
        keys = (
            (patient_id, patient_keys.unwrapped(found.wrapping, patient_id, bytes(wrapped)))
            for patient_id, wrapped in rows
        )
        return {patient_id: key for patient_id, key in keys if key}

    def _keyed_hash(self, *parts: str) -> bytes:
        return self._secrets.hashed(chr(31).join(parts).encode())
