"""Heads that were held elsewhere: in files that somebody kept, or seen by witnesses who signed."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from nats.js.errors import NotFoundError

from domain.errors import DaybookError
from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.policy_file import NONE, SealPolicy
from services.audit.notes.signed_note import MOST_NOTE_BYTES, NoteUnsound, SignedNote
from services.audit.sealing.heads_stream import NAME as HEADS
from services.audit.sealing.heads_stream import subject_of
from services.audit.tree.origins import first_origin
from services.audit.tree.sealed_logs import SEALED_LOGS
from services.audit.verification.report import Fault
from services.audit.witnesses.cosigned_heads import cosigned_heads, cosigned_note
from services.messaging import stream


class HeadUnreadable(DaybookError):
    """A file that holds no head, or one that no key signed of those that count."""


@dataclass(frozen=True, slots=True)
class GivenHead:
    """A head from outside the database, and where it was held: a file, a witness, a stream.

    `is_witness` says whether that is somewhere else: a stream is where the database is.
    """

    where: str
    head: Checkpoint
    note: bytes
    is_witness: bool = True


def read_heads(paths: Iterable[Path], policy: SealPolicy) -> list[GivenHead]:
    """Return the heads of files, and of all files in folders. Raises HeadUnreadable."""
    files = [each for path in paths for each in _files(path)]
    return [_head(path, policy) for path in files]


def cosigned(
    conn: psycopg.Connection[Any], policy: SealPolicy, origins: Sequence[str]
) -> tuple[list[GivenHead], list[Fault]]:
    """Return the newest head that was cosigned as a policy's quorum asks; nothing without one.

    What is kept as a cosignature and is none is a fault; an older head may do then.
    """
    faults: list[Fault] = []
    if policy.quorum == NONE:
        return [], faults
    for origin in reversed(origins):
        for head in cosigned_heads(conn, origin):
            try:
                note = cosigned_note(conn, head)
                is_enough = policy.satisfied_by(note)
                names = ", ".join(each.name for each in policy.cosigners(note))
            except NoteUnsound as why:
                says = f"what is kept beside the head of {head.size:,} is not as it was: {why}"
                faults.append(Fault(what="head", says=says))
                continue
            if is_enough:
                where = f"cosigned by {names}"
                return [GivenHead(where, Checkpoint.parse(note.text), bytes(note))], faults
    return [], faults


async def streamed(nats_url: str, journal_id: str, policy: SealPolicy) -> list[GivenHead]:
    """Return the last head of each log in the stream HEADS that a key which counts signed.

    Raises what NATS raises where it does not answer.
    """
    found = []
    async with stream.connected(nats_url, "daybook verify") as client:
        js = client.jetstream(timeout=stream.API_TIMEOUT)
        for log in SEALED_LOGS:
            subject = subject_of(first_origin("", journal_id, log))
            with suppress(NotFoundError, NoteUnsound):
                raw = (await js.get_last_msg(HEADS, subject)).data or b""
                note = SignedNote.parse(raw)
                if policy.signed_by_log(note):
                    head = Checkpoint.parse(note.text)
                    found.append(GivenHead(f"stream {HEADS}", head, raw, is_witness=False))
    return found


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(each for each in path.rglob("*") if each.is_file())
    if not found:
        raise HeadUnreadable(f"the folder {path} has no heads in it")
    return found


def _head(path: Path, policy: SealPolicy) -> GivenHead:
    try:
        with path.open("rb") as file:
            note = SignedNote.parse(raw := file.read(MOST_NOTE_BYTES + 1))
        if not policy.signed_by_log(note):
            raise NoteUnsound("no key that counts here signed it")
        return GivenHead(path.name, Checkpoint.parse(note.text), raw)
    except (OSError, NoteUnsound) as why:
        said = why.strerror if isinstance(why, OSError) else why
        raise HeadUnreadable(f"{path.name} holds no head of this Daybook: {said}") from why
