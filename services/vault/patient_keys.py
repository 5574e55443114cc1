"""Patients' keys, wrapped: each opens for its own patient alone."""

import secrets
from collections.abc import Collection
from typing import Any, LiteralString

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)
from psycopg.rows import tuple_row

from services.vault.encryption import KEY_BYTES, NONCE_BYTES

_UNBOUND_BYTES = KEY_BYTES + 8
"""What a key came to that was wrapped before keys were bound to their patients."""

TABLE: LiteralString = """
CREATE TABLE IF NOT EXISTS vault.patient_keys (
    patient_id text PRIMARY KEY,
    wrapped_key bytea NOT NULL
);
COMMENT ON TABLE vault.patient_keys IS
    'Each patient''s key, wrapped. Without it nobody reads who they are: see daybook forget.';
"""

_OF_FORGOTTEN: LiteralString = """
    FROM vault.patient_keys WHERE 'identity-' || patient_id IN (
        SELECT originator_id FROM journal.journal_events WHERE topic = 'identity.forgotten')
"""


def wrapped(wrapping: bytes, patient_id: str, key: bytes) -> bytes:
    """Wrap a patient's key, bound to the patient."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(wrapping).encrypt(nonce, key, _bound_to(patient_id))


def unwrapped(wrapping: bytes, patient_id: str, found: bytes) -> bytes | None:
    """Return a patient's key; None where it is not wrapped by this key, or is another patient's."""
    try:
        if is_unbound(found):
            return aes_key_unwrap(wrapping, found)
        return AESGCM(wrapping).decrypt(
            found[:NONCE_BYTES], found[NONCE_BYTES:], _bound_to(patient_id)
        )
    except (InvalidTag, InvalidUnwrap, ValueError):
        return None


def is_unbound(found: bytes) -> bool:
    """Tell whether a wrapped key is of the kind that is not bound to its patient."""
    return len(found) == _UNBOUND_BYTES


def wrapped_unbound(wrapping: bytes, key: bytes) -> bytes:
    """Wrap a key of which nothing shows whose it is, as it was before."""
    return aes_key_wrap(wrapping, key)


def forgotten(conn: psycopg.Connection[Any], patient_ids: Collection[str]) -> set[str]:
    """Return who of these patients was forgotten by an event."""
    if not _has_journal(conn):
        return set()
    with conn.cursor(row_factory=tuple_row) as curs:
        rows = curs.execute(
            "SELECT patient_id FROM unnest(%s::text[]) AS asked (patient_id)"
            " WHERE EXISTS (SELECT FROM journal.journal_events WHERE topic = 'identity.forgotten'"
            " AND originator_id = 'identity-' || patient_id)",
            (list(patient_ids),),
        ).fetchall()
    return {each for (each,) in rows}


def destroy_forgotten(conn: psycopg.Connection[Any]) -> None:
    """Destroy the keys of those who were forgotten by an event, where a backup brought one back.

    A process that may only read leaves them to others.
    """
    if not _has_journal(conn):
        return
    found = conn.execute(
        "SELECT has_table_privilege('vault.patient_keys', 'DELETE')"
        f" AND EXISTS (SELECT {_OF_FORGOTTEN})"
    )
    if found.fetchone() == (True,):
        conn.execute(f"DELETE {_OF_FORGOTTEN}")


def _has_journal(conn: psycopg.Connection[Any]) -> bool:
    with conn.cursor(row_factory=tuple_row) as curs:
        found = curs.execute("SELECT to_regclass('journal.journal_forgotten') IS NOT NULL")
        return found.fetchone() == (True,)


def _bound_to(patient_id: str) -> bytes:
    return f"patient-key {patient_id}".encode()
