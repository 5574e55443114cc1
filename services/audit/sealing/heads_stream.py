"""The stream HEADS: each head as it was signed, on `daybook.heads.<journal id>[.<log>]`.

Nothing of it can be deleted or purged but by who administers NATS. A subscriber that keeps the last
head, and checks that the next one goes on from it, is a witness; the stream itself is none.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from contextlib import AsyncExitStack

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import Header
from nats.js.errors import APIError, NotFoundError

from services.audit.notes.signed_note import NoteUnsound, SignedNote, SigningKey, VerifierKey
from services.audit.sealing.seen_heads import SeenHead
from services.audit.tree.origins import Origin
from services.audit.tree.seals import Head
from services.failures import BROKER_AWAY
from services.messaging.consumers import from_environment as subscribers
from services.messaging.consumers import keep_consumers
from services.messaging.stream import API_TIMEOUT, connected, image_of, make_stream

logger = logging.getLogger("daybook.sealer")

NAME = "HEADS"

CONFIG = image_of("signed heads", NAME, ["daybook.heads.*", "daybook.heads.*.*"]).evolve(
    description="Signed heads of Daybook's logs: kept for good.", deny_delete=True, deny_purge=True
)


AGAIN_AFTER = 5.0
"""Seconds after which NATS is tried again."""


class OthersPublish(Exception):
    """The subject has a message that was not there: it is looked at before anything is sent."""


def subject_of(origin: Origin) -> str:
    """Return the subject of a log's heads: the journal's id, and the log if it is another one."""
    return ".".join(("daybook", "heads", *origin.base.split("/")[1:]))


class HeadsStream:
    """The stream, by one connection to NATS: it knows what it has seen last on each subject."""

    def __init__(self, client: Client) -> None:
        self._js: JetStreamContext = client.jetstream(timeout=API_TIMEOUT)
        self._last: dict[str, tuple[int, str]] = {}

    async def prepare(self) -> None:
        """Make the stream where it is not there, and the consumers of those who subscribe to it."""
        await make_stream(self._js, CONFIG)
        await keep_consumers(self._js, NAME, subscribers())

    async def look(self, origin: Origin, key: VerifierKey) -> SeenHead | None:
        """Return the last head of a log; None where there is none that this key signed.

        Whoever may publish there could otherwise keep the sealer from working by a forged one.
        """
        subject = subject_of(origin)
        try:
            found = await self._js.get_last_msg(NAME, subject)
        except NotFoundError:
            self._last[subject] = 0, ""
            return None
        note = (found.data or b"").decode(errors="replace")
        self._last[subject] = found.seq or 0, note
        with contextlib.suppress(NoteUnsound):
            seen = SeenHead.read("in the stream HEADS", note)
            signed_by = VerifierKey(seen.checkpoint.origin, key.kind, key.public)
            SignedNote.parse(note.encode()).verified_by([signed_by])
            return seen
        return None

    async def publish(self, head: Head) -> bool:
        """Publish a head that is not the last one there; tell whether it was.

        Raises OthersPublish where somebody else published meanwhile.
        """
        subject = subject_of(Origin.parse(head.origin))
        sequence, last = self._last[subject]
        if head.note == last:
            return False
        headers = {
            Header.EXPECTED_LAST_SUBJECT_SEQUENCE: str(sequence),
            "content-type": "text/plain; charset=utf-8",
        }
        try:
            sent = await self._js.publish(subject, head.note.encode(), headers=headers)
        except APIError as why:
            raise OthersPublish from why
        self._last[subject] = sent.seq, head.note
        return True


class HeadsPublisher:
    """Looks at the stream and publishes to it, while NATS is there; sealing goes on without.

    A connection that fails is given up, and made again some seconds later: then the stream is
    looked at before anything is sent.
    """

    def __init__(self, nats_url: str) -> None:
        self._nats_url = nats_url
        self._opened = AsyncExitStack()
        self._stream: HeadsStream | None = None
        self._again_at = 0.0

    @property
    def wants_look(self) -> bool:
        """Tell whether the stream was not looked at yet, and may be now."""
        return self._stream is None and asyncio.get_running_loop().time() >= self._again_at

    async def look(self, origins: Iterable[Origin], seed: bytes) -> list[SeenHead]:
        """Return the last heads that this key signed, if the stream was not looked at yet."""
        if not self.wants_look:
            return []
        try:
            client = await self._opened.enter_async_context(
                connected(self._nats_url, "daybook sealer")
            )
            stream = HeadsStream(client)
            await stream.prepare()
            found = [
                await stream.look(each, SigningKey.from_bytes(str(each), seed).verifier)
                for each in origins
            ]
        except BROKER_AWAY as why:
            await self._give_up(why)
            return []
        self._stream = stream
        return [each for each in found if each]

    async def publish(self, heads: Iterable[Head]) -> None:
        """Publish the heads that are not there yet."""
        if self._stream is None:
            return
        try:
            for each in heads:
                await self._stream.publish(each)
        except (*BROKER_AWAY, OthersPublish) as why:
            await self._give_up(why)

    async def close(self) -> None:
        """Give the connection back."""
        self._stream = None
        await self._opened.aclose()

    async def _give_up(self, why: Exception) -> None:
        logger.warning("Heads are not in the stream HEADS for now (%s).", type(why).__name__)
        self._again_at = asyncio.get_running_loop().time() + AGAIN_AFTER
        await self.close()
