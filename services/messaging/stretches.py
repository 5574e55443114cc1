"""Reading a stretch of a stream by one request, without a consumer: JetStream's batched direct get.

See ADR-31 of NATS: the messages come one by one, then the status 204 (the stretch is over) or 404
(there is no message from there on).
"""

import asyncio

import orjson
from nats.aio.msg import Msg

from services.messaging.client import PlainClient, headers_in
from services.messaging.stream import API_TIMEOUT, Message, message_from, number_in

_OVER = frozenset({"204", "404"})


class StretchFailed(ConnectionError):
    """The server does not hand out a stretch of the stream."""


async def stretch(client: PlainClient, stream: str, first: int, limit: int) -> list[Message]:
    """Return the messages from a sequence on, at most `limit`: fewer only at the stream's end.

    What was deleted is left out. Raises StretchFailed where there is no stream or no answer.
    """
    found: list[Message] = []
    over: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def hear(msg: Msg) -> None:
        if not over.done():
            over.set_result((msg.headers or {}).get("Status", ""))

    def take(_: bytes, __: bytes, payload: bytes, headers: bytes) -> None:
        said = headers_in(headers)
        subject, sequence = said.get("Nats-Subject", ""), said.get("Nats-Sequence")
        found.append(message_from(subject, number_in(sequence), said, payload))

    inbox = client.new_inbox()
    answers = await client.subscribe(inbox, cb=hear, pending_msgs_limit=0, pending_bytes_limit=0)
    client.hand_over(answers, take)
    try:
        while True:
            count, start = len(found), found[-1].sequence + 1 if found else first
            asked = {"seq": start, "batch": limit - count}
            request = orjson.dumps(asked)
            await client.publish(f"$JS.API.DIRECT.GET.{stream}", request, reply=inbox)
            async with asyncio.timeout(API_TIMEOUT):
                status = await over
            if status not in _OVER:
                raise StretchFailed(f"NATS answers {status or 'nothing'} for the stream {stream}.")
            # A batch may end early, by its bytes.
            if status == "404" or len(found) in {count, limit}:
                return found
            over = asyncio.get_running_loop().create_future()
    except TimeoutError:
        raise StretchFailed(f"NATS does not hand out the stream {stream}.") from None
    finally:
        await answers.unsubscribe()
