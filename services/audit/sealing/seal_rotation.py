"""Another seal key: the newest head of each log is signed by both, and then by the new one alone.

Once the old key is destroyed, nobody who comes to have the new one can sign older heads anew:
whoever verifies goes from key to key by the heads that both signed.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import psycopg

from services.audit.notes.signed_note import SignedNote, SigningKey
from services.audit.sealing.replicated import replicated
from services.audit.sealing.sealing import check_signer
from services.audit.sealing.sealing_round import SealingRound, SealSettings, sealing_alone
from services.audit.tree.sealed_logs import SEALED_LOGS
from services.audit.tree.seals import Head
from services.database_url import with_limits


def rotate_seal_key(
    database_url: str,
    settings: SealSettings,
    *,
    old: bytes,
    new: bytes,
    put_in_place: Callable[[], None],
    clock: Callable[[], datetime],
) -> list[Head]:
    """Seal what is there by the old key, and have the newest head of each log signed by both.

    `put_in_place` makes the new key the one in use; it is called while nobody else seals, so that a
    sealer that runs takes the new one up. Raises SealRefused, and what PostgreSQL raises: before
    the call nothing was changed.
    """
    with (
        psycopg.connect(with_limits(database_url), autocommit=True) as conn,
        sealing_alone(conn),
    ):
        done = SealingRound(conn, settings, lambda: old, clock).seal(SEALED_LOGS.values())
        for why in done.refused:
            raise why
        heads = [_signed_by_both(each, old, new) for each in done.newest]
        with replicated(conn), conn.cursor() as cursor:
            cursor.executemany(
                "UPDATE seal.heads SET note = %s WHERE (origin, size) = (%s, %s)",
                [(each.note, each.origin, each.size) for each in heads],
            )
        put_in_place()
        for each in heads:
            if settings.seen_file:
                settings.seen_file.keep(each.note)
    return heads


def _signed_by_both(head: Head, old: bytes, new: bytes) -> Head:
    check_signer(head, SigningKey.from_bytes(head.origin, old))
    note = SignedNote.parse(head.note.encode())
    signature = SigningKey.from_bytes(head.origin, new).sign_note(note.text)
    return replace(head, note=bytes(note.with_signatures([signature])).decode())
