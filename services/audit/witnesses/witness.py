"""A witness for somebody else's logs: C2SP tlog-witness, without HTTP.

It cosigns a head that goes on from the one that it cosigned last, and no other. So a log that shows
two people two histories, or goes back to an older one, gets no cosignature for the second.
"""

import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import DaybookError
from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.cosigning_key import CosigningKey
from services.audit.notes.signed_note import NoteUnsound, SignatureType, SignedNote, VerifierKey
from services.audit.tree.merkle import EMPTY_ROOT, verify_consistency
from services.audit.witnesses.add_checkpoint import SIZE_TYPE, AddCheckpoint
from services.audit.witnesses.witness_state import WitnessState

MOST_LOGS = 256
"""How many logs a witness may know."""

MOST_KEPT = 100
"""How many heads that contradict others are kept, as evidence of it."""

_TEXT = "text/plain; charset=utf-8"
_SPACES = re.compile(r"[ \t]+")
_log = logging.getLogger(__name__)


class KnownLogsUnsound(DaybookError):
    """A file of logs that is not of its format; it says the line."""


KnownLogs = Mapping[str, Sequence[VerifierKey]]
"""The keys that sign for each log, by its origin."""


def read_known_logs(path: Path) -> KnownLogs:
    """Read a file of logs: lines `log <verifier key>`, and comments. Raises KnownLogsUnsound.

    Each log stands under its full name: one that begins anew after a restore is another log, and
    whoever runs the witness decides whether to go along. Two keys of one name both count.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as why:
        raise KnownLogsUnsound(f"{path} cannot be read as text") from why
    known: dict[str, list[VerifierKey]] = {}
    for number, line in enumerate(lines, 1):
        words = [each for each in _SPACES.split(line) if each]
        if not words or words[0].startswith("#"):
            continue
        try:
            if len(words) != 2 or words[0] != "log":
                raise NoteUnsound("expected 'log <verifier key>'")
            key = VerifierKey.parse(words[1])
            if key.kind is SignatureType.ED25519_COSIGNATURE:
                raise NoteUnsound(f"{key.name} is a witness's key, and no log's")
        except NoteUnsound as why:
            raise KnownLogsUnsound(f"{path.name}, line {number}: {why}") from why
        known.setdefault(key.name, []).append(key)
    if not 0 < len(known) <= MOST_LOGS:
        raise KnownLogsUnsound(f"{path.name} names {len(known)} logs; 1 to {MOST_LOGS} may be")
    return known


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answers: HTTP's status, the body, and its content type."""

    status: int
    body: str
    content_type: str = _TEXT


class Witness:
    """Cosigns the heads of the logs that it knows. Requests are decided one after the other."""

    def __init__(
        self,
        key: CosigningKey,
        logs: KnownLogs,
        state: WitnessState,
        evidence: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._key = key
        self._logs = logs
        self._state = state
        self._evidence = evidence
        self._clock = clock
        self._deciding = threading.Lock()

    def head_of(self, origin_hash: str) -> Answer:
        """Answer with the newest head of a log that was cosigned, with the cosignatures.

        The log is named by the SHA-256 of its origin, in hex.
        """
        for origin in self._logs:
            if hashlib.sha256(origin.encode()).hexdigest() == origin_hash:
                note = self._state.head_of(origin)
                if note is not None:
                    return Answer(200, bytes(note).decode())
        return Answer(404, "no head of such a log was cosigned\n")

    def add_checkpoint(self, raw: bytes) -> Answer:
        """Cosign a head, or say why not; the head is on the disk before its cosignature is told."""
        try:
            asked = AddCheckpoint.parse(raw)
            head = Checkpoint.parse(asked.note.text)
        except NoteUnsound as why:
            return Answer(400, f"{why}\n")
        keys = self._logs.get(head.origin)
        if keys is None:
            return Answer(404, "this log is not known here\n")
        try:
            signers = asked.note.verified_by(keys)
        except NoteUnsound as why:
            return Answer(403, f"{why}\n")
        if asked.old > head.size:
            return Answer(400, "the old size is larger than that of the checkpoint\n")
        by_log = [each for each in asked.note.signatures if any(k.made(each) for k in signers)]
        with self._deciding:
            return self._decide(asked, head, SignedNote(asked.note.text, tuple(by_log)))

    def _decide(self, asked: AddCheckpoint, head: Checkpoint, note: SignedNote) -> Answer:
        """Answer a request whose head its log signed; `note` has the log's signatures alone."""
        held = self._state.head_of(head.origin)
        before = Checkpoint.parse(held.text) if held else Checkpoint(head.origin, 0, EMPTY_ROOT)
        if asked.old != before.size:
            return Answer(409, f"{before.size}\n", SIZE_TYPE)
        if why := _contradiction(before, head, asked):
            if before.size == head.size:
                self._keep_evidence(head, asked.note)
            _log.warning("%s: a head of %d leaves was refused: %s", head.origin, head.size, why)
            return Answer(422, f"{why}\n")
        lines = self._key.cosign(note.text, int(self._clock()))
        self._state.keep(head.origin, note.with_signatures(lines))
        return Answer(200, "".join(each.line for each in lines))

    def _keep_evidence(self, head: Checkpoint, note: SignedNote) -> None:
        """Keep a head that its log signed beside another one of the same size."""
        self._evidence.mkdir(mode=0o700, exist_ok=True)
        of = hashlib.sha256(head.origin.encode()).hexdigest()[:16]
        file = self._evidence / f"{of}-{head.size}-{head.root.hex()[:16]}.note"
        if not file.exists() and sum(1 for _ in self._evidence.iterdir()) < MOST_KEPT:
            file.write_bytes(bytes(note))


def _contradiction(before: Checkpoint, head: Checkpoint, asked: AddCheckpoint) -> str | None:
    """Say why a head does not go on from the one before; None where it does."""
    if head.size == 0 and head.root != EMPTY_ROOT:
        return "an empty tree has another root"
    if before.size == 0:
        return "nothing is to be proved of an empty tree" if asked.proof else None
    if before.size == head.size and before.root != head.root:
        return "another head of this size was cosigned before"
    if not verify_consistency(before.size, before.root, head.size, head.root, asked.proof):
        return "the consistency proof does not lead from the head that was cosigned to this one"
    return None
