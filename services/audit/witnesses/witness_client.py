"""Asking one witness for its cosignature over HTTP: the log's side of C2SP tlog-witness."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence

import httpx2

from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.policy_file import PolicyWitness
from services.audit.notes.signed_note import MOST_NOTE_BYTES, NoteUnsound, Signature, SignedNote
from services.audit.notes.witness_answer import Outcome, WitnessAnswer
from services.audit.tree.merkle import Hash
from services.audit.witnesses.add_checkpoint import SIZE_TYPE, AddCheckpoint

PATIENCE = 10.0
"""Seconds within which a witness answers, or counts as away."""

ProofFrom = Callable[[int], Awaitable[Sequence[Hash]]]
"""Returns the proof that the head goes on from the tree of that size."""

_AWAY = (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, UnicodeError)
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n")


class _TooLong(Exception):
    """An answer that is longer than one may be."""


def new_http() -> httpx2.AsyncClient:
    """Return a client whose connections stay open from one question to the next; to be closed."""
    return httpx2.AsyncClient(timeout=PATIENCE, headers={"accept-encoding": "identity"})


async def ask_witness(
    http: httpx2.AsyncClient,
    witness: PolicyWitness,
    note: SignedNote,
    old: int,
    proof_from: ProofFrom,
) -> WitnessAnswer:
    """Ask for the cosignature of a head, of which the witness last cosigned `old` leaves.

    Where it knows another size, up to the head's own, it is asked once more from there.
    """
    size = Checkpoint.parse(note.text).size
    answer = await _ask(http, witness, note, min(old, size), proof_from)
    if answer.outcome is Outcome.AHEAD and (answer.held or 0) <= size:
        answer = await _ask(http, witness, note, answer.held or 0, proof_from)
        if answer.outcome is Outcome.AHEAD and (answer.held or 0) <= size:
            # Somebody else asked meanwhile.
            return WitnessAnswer(witness, Outcome.NOT_UNDERSTOOD, held=answer.held)
    return answer


async def held_head(
    http: httpx2.AsyncClient, witness: PolicyWitness, origin: str
) -> SignedNote | None:
    """Return the head of a log that a witness shows as the one that it cosigned last.

    None where it shows none, or is away: not every witness shows them where it is asked. What it
    did not cosign itself counts for nothing.
    """
    path = f"{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"
    try:
        status, _, body = await _answer(http, "GET", witness, path)
        if status != 200:
            return None
        note = SignedNote.parse(body)
        note.verified_by([witness.key])
        return note if Checkpoint.parse(note.text).origin == origin else None
    except (*_AWAY, NoteUnsound, _TooLong):
        return None


async def _ask(
    http: httpx2.AsyncClient,
    witness: PolicyWitness,
    note: SignedNote,
    old: int,
    proof_from: ProofFrom,
) -> WitnessAnswer:
    size = Checkpoint.parse(note.text).size
    proof = tuple(await proof_from(old)) if 0 < old < size else ()
    body = bytes(AddCheckpoint(old, proof, note))
    try:
        status, content_type, answered = await _answer(
            http, "POST", witness, "add-checkpoint", body
        )
    except _AWAY:
        return WitnessAnswer(witness, Outcome.UNREACHABLE)
    except _TooLong:
        return WitnessAnswer(witness, Outcome.NOT_UNDERSTOOD)
    text = answered.decode(errors="replace")
    match status:
        case 200:
            return _cosigned(witness, note, text, size)
        case 409 if content_type == SIZE_TYPE and (found := _SIZE.fullmatch(text)):
            return WitnessAnswer(witness, Outcome.AHEAD, held=int(found[1]))
        case 422:
            return WitnessAnswer(witness, Outcome.CONTRADICTED, held=old)
        case 404:
            return WitnessAnswer(witness, Outcome.UNKNOWN_LOG)
        case 403:
            return WitnessAnswer(witness, Outcome.REFUSED)
        case 429 | 500 | 502 | 503 | 504:
            return WitnessAnswer(witness, Outcome.UNREACHABLE)
        case _:
            return WitnessAnswer(witness, Outcome.NOT_UNDERSTOOD)


def _cosigned(witness: PolicyWitness, note: SignedNote, text: str, size: int) -> WitnessAnswer:
    """Return the lines that are this witness's key's; those of other keys are ignored."""
    try:
        lines = tuple(Signature.parse(each) for each in text.removesuffix("\n").split("\n"))
        SignedNote(note.text, lines).verified_by([witness.key])
    except NoteUnsound:
        return WitnessAnswer(witness, Outcome.NOT_UNDERSTOOD)
    theirs = tuple(each for each in lines if witness.key.made(each))
    return WitnessAnswer(witness, Outcome.COSIGNED, theirs[:1], held=size)


async def _answer(
    http: httpx2.AsyncClient, method: str, witness: PolicyWitness, path: str, body: bytes = b""
) -> tuple[int, str, bytes]:
    """Return status, content type and body of an answer, which may not be endless in any way."""
    url = f"{witness.url.rstrip('/')}/{path}"
    found = bytearray()
    async with asyncio.timeout(PATIENCE), http.stream(method, url, content=body) as response:
        async for part in response.aiter_raw():
            found += part
            if len(found) > MOST_NOTE_BYTES:
                raise _TooLong
        return response.status_code, response.headers.get("content-type", ""), bytes(found)
