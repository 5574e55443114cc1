"""Rotation of the site's key, while everything runs.

1. `rotate`: all patients' keys are wrapped by a new secret, which both site keys open. A process
   that runs with the old one goes on; it reads the new secret when it needs it.
2. Each process is started again with the new site key.
3. `retire_others`: the old site key opens nothing any longer.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from domain.errors import DaybookError
from services.vault import patient_keys, site_secrets
from services.vault.encryption import KEY_BYTES, decrypt


class KeysUnreadable(DaybookError):
    """Patients' keys that cannot be wrapped anew, since they do not open."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """How many patients' keys were wrapped anew; `unproved` of them open no identity on record."""

    keys: int
    unproved: int


def rotate(
    conn: psycopg.Connection[Any], site_key: bytes, new_site_key: bytes, sealed: Mapping[str, str]
) -> Rotation:
    """Wrap all keys anew in one transaction; let both site keys open them. Raises KeysUnreadable.

    A key that is not bound to its patient yet is bound where it opens the patient's identity.
    """
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('daybook.vault'))")
    before = site_secrets.read(conn, site_key)
    after = replace(before, wrapping=secrets.token_bytes(KEY_BYTES))
    rows = conn.execute("SELECT patient_id, wrapped_key FROM vault.patient_keys").fetchall()
    keys = {
        patient_id: patient_keys.unwrapped(before.wrapping, patient_id, bytes(found))
        for patient_id, found in rows
    }
    if lost := sorted(each for each, key in keys.items() if key is None):
        raise KeysUnreadable(
            f"{len(lost)} of {len(keys)} patients' keys do not open, and never could again:"
            " restore the table vault.patient_keys from a backup, or delete these rows of it:"
            f" {', '.join(lost)}"
        )
    anew, unproved = [], 0
    for patient_id, found in rows:
        key = keys[patient_id] or b""
        if not patient_keys.is_unbound(bytes(found)) or _opens(patient_id, key, sealed):
            anew.append(patient_keys.wrapped(after.wrapping, patient_id, key))
        else:
            unproved += 1
            anew.append(patient_keys.wrapped_unbound(after.wrapping, key))
    conn.execute(
        "UPDATE vault.patient_keys k SET wrapped_key = a.wrapped_key"
        " FROM unnest(%s::text[], %s::bytea[]) AS a (patient_id, wrapped_key)"
        " WHERE k.patient_id = a.patient_id",
        (list(keys), anew),
    )
    for each in (site_key, new_site_key):
        conn.execute(
            "INSERT INTO vault.site VALUES (%s, %s) ON CONFLICT (fingerprint)"
            " DO UPDATE SET secrets = excluded.secrets",
            (site_secrets.fingerprint_of(each), after.sealed(each)),
        )
    # Whoever else had a site key that opened the vault does not have the new secret.
    _keep_only(conn, site_key, new_site_key)
    return Rotation(len(rows), unproved)


def retire_others(conn: psycopg.Connection[Any], site_key: bytes) -> int:
    """Retire every other site key; return how many there were."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('daybook.vault'))")
    site_secrets.read(conn, site_key)
    return _keep_only(conn, site_key)


def _keep_only(conn: psycopg.Connection[Any], *site_keys: bytes) -> int:
    kept = [site_secrets.fingerprint_of(each) for each in site_keys]
    gone = conn.execute("DELETE FROM vault.site WHERE fingerprint <> ALL (%s)", (kept,))
    return gone.rowcount


def _opens(patient_id: str, key: bytes, sealed: Mapping[str, str]) -> bool:
    """Tell whether a key opens the patient's identity, and so is theirs."""
    return patient_id in sealed and decrypt(key, patient_id, sealed[patient_id]) is not None
