"""Having heads witnessed: each witness of the policy is asked to cosign the newest head of a log.

At most once a minute for each log, and only for what it has not cosigned; a witness that does not
answer is asked again a minute later. Nobody waits for a witness before the next head is sealed, but
for the first question, which tells whether this database is an older one.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from typing import Any

import httpx2
import psycopg

from services.audit.notes.policy_file import PolicyWitness, SealPolicy
from services.audit.notes.signed_note import SignedNote
from services.audit.notes.witness_answer import Outcome, WitnessAnswer
from services.audit.sealing.seal_refusals import CONTINUE, SealRefused, TreeDiffers, TreeSmaller
from services.audit.sealing.seen_heads import SeenHead
from services.audit.tree.merkle import Hash
from services.audit.tree.origins import Origin
from services.audit.tree.seals import Head, Seals, TileMissing
from services.audit.witnesses.cosigned_heads import cosigned_size, keep_answers
from services.audit.witnesses.witness_client import (
    ask_witness,
    held_head,
    new_http,
)
from services.cancellation import cancel_and_wait
from services.database_url import with_limits
from services.failures import DATABASE_AWAY

EVERY = 60.0
"""Seconds between two questions to one witness about one log."""

Connection = psycopg.Connection[Any]

_Asked = tuple[str, str]
"""A log's origin, and a witness by its name in the policy."""


class PolicyWitnesses:
    """The witnesses of a policy that it says how to reach, as the sealer tells them of heads."""

    def __init__(self, database_url: str, policy: SealPolicy, every: float = EVERY) -> None:
        self._database_url = with_limits(database_url)
        self._witnesses = [each for each in policy.witnesses.values() if each.url]
        self._every = every
        self._newest: dict[str, Head] = {}
        self._cosigned: dict[_Asked, int] = {}
        self._allowed_at: dict[_Asked, float] = {}
        self._away_until: dict[str, float] = {}
        self._disproved: dict[_Asked, SealRefused] = {}
        self._http: httpx2.AsyncClient | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._alone = asyncio.Lock()

    @property
    def disproved(self) -> Mapping[str, SealRefused]:
        """Why trees are not those that were shown to a witness, by their origins."""
        return {origin: why for (origin, _), why in self._disproved.items()}

    async def held(self, origins: Iterable[Origin]) -> list[SeenHead]:
        """Return the heads that witnesses show as those which they cosigned last."""
        asked = [(str(origin), each) for origin in origins for each in self._witnesses]
        http = self._client()
        notes = await asyncio.gather(*(held_head(http, each, origin) for origin, each in asked))
        return [
            SeenHead.read(f"the witness {witness.name} shows it", bytes(note).decode())
            for (_, witness), note in zip(asked, notes, strict=True)
            if note is not None
        ]

    async def tell(self, head: Head) -> None:
        """Take the newest head of a log; it is asked about at once where it is the first.

        Raises TreeSmaller or TreeDiffers where a witness cosigned another history, and what
        PostgreSQL raises.
        """
        is_first = head.origin not in self._newest
        base = Origin.parse(head.origin).base
        others = {of: each for of, each in self._newest.items() if Origin.parse(of).base != base}
        self._newest = {**others, head.origin: head}
        if is_first:
            await self._ask(head, self._due(head))
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep_asking(), name="witnesses")
        self._news.set()
        if why := self.disproved.get(head.origin):
            raise why

    async def settle(self) -> None:
        """Ask at once for what is not cosigned, whenever that was asked last. Raises as `tell`."""
        for head in list(self._newest.values()):
            await self._ask(head, self._lacking(head))
        for origin in self._newest.keys() & self.disproved.keys():
            raise self.disproved[origin]

    async def close(self) -> None:
        """End; of a head that is told next it is asked at once again, when its minute is over."""
        if self._keeping:
            await cancel_and_wait([self._keeping])
        if self._http:
            await self._http.aclose()
        self._keeping = self._http = None
        self._newest.clear()

    async def _keep_asking(self) -> None:
        """Ask for what is not cosigned, as soon as its minute is over."""
        while True:
            self._news.clear()
            for head in list(self._newest.values()):
                # Where PostgreSQL is away, or tiles are gone, the sealer finds it, too.
                with suppress(*DATABASE_AWAY, TileMissing):
                    await self._ask(head, self._due(head))
            times = [
                self._when(head, each)
                for head in self._newest.values()
                for each in self._lacking(head)
            ]
            wait = max(min(times) - _now(), self._every / 60) if times else None
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), wait)

    def _lacking(self, head: Head) -> list[PolicyWitness]:
        """Return who has not cosigned a head, or was not asked whether they hold a later one."""
        return [
            each
            for each in self._witnesses
            if self._cosigned.get((head.origin, each.name), -1) < head.size
        ]

    def _due(self, head: Head) -> list[PolicyWitness]:
        """Return who lacks a head and may be asked for it by now."""
        now = _now()
        return [each for each in self._lacking(head) if self._when(head, each) <= now]

    def _when(self, head: Head, witness: PolicyWitness) -> float:
        """Return from when on a witness may be asked about a log."""
        allowed = self._allowed_at.get((head.origin, witness.name), 0.0)
        return max(allowed, self._away_until.get(witness.name, 0.0))

    async def _ask(self, head: Head, witnesses: Sequence[PolicyWitness]) -> None:
        """Ask witnesses to cosign a head, and keep what they answer."""
        if not witnesses:
            return
        async with self._alone, AsyncExitStack() as last:
            conn = await asyncio.to_thread(self._connected)
            last.callback(conn.close)
            seals = Seals(conn, origin=head.origin)

            async def proof_from(old: int) -> list[Hash]:
                return await asyncio.to_thread(seals.consistency, old, head.size)

            async def answer_of(witness: PolicyWitness) -> WitnessAnswer:
                old = await asyncio.to_thread(cosigned_size, conn, head.origin, witness.key)
                return await ask_witness(self._client(), witness, note, old, proof_from)

            note = SignedNote.parse(head.note.encode())
            answers = await asyncio.gather(*map(answer_of, witnesses))
            for each in answers:
                self._take(head, each)
            at = datetime.now(UTC)
            await asyncio.to_thread(keep_answers, conn, head.origin, head.size, answers, at)

    def _take(self, head: Head, answer: WitnessAnswer) -> None:
        asked = (head.origin, answer.witness.name)
        self._allowed_at[asked] = _now() + self._every
        self._disproved.pop(asked, None)
        match answer.outcome:
            case Outcome.COSIGNED:
                self._cosigned[asked] = head.size
            case Outcome.AHEAD | Outcome.CONTRADICTED:
                self._disproved[asked] = _alarm(head, answer)
            case Outcome.UNREACHABLE:
                # Of other logs it is not asked before, either: each question may take long.
                self._away_until[answer.witness.name] = _now() + self._every

    def _connected(self) -> Connection:
        return psycopg.connect(self._database_url, autocommit=True)

    def _client(self) -> httpx2.AsyncClient:
        if self._http is None:
            self._http = new_http()
        return self._http


def _alarm(head: Head, answer: WitnessAnswer) -> SealRefused:
    name, held = answer.witness.name, answer.held
    if answer.outcome is Outcome.AHEAD:
        return TreeSmaller(
            f"The witness {name} cosigned a head of {head.origin} over {held} leaves, and this"
            f" database's newest is over {head.size}: it is an older one. Restore the newer one; to"
            f" go on from here: {CONTINUE}"
        )
    return TreeDiffers(
        f"The witness {name} cosigned a head of {head.origin} over {held} leaves that this"
        " database's tree does not go on from: there are two histories. Find out which is true"
        f" (`daybook audit verify`); to go on with this one: {CONTINUE}"
    )


def _now() -> float:
    return asyncio.get_running_loop().time()
