"""Streams that are set aside: under another name with all that they have, and then made again.

JetStream renames no stream. The server copies it (`sources`), and it is deleted once the copy is
whole: every message with its subject, its payload and its headers, but for those that said which
message had to be the last before it.
"""

import asyncio
from collections.abc import Sequence

from nats.js.api import StreamConfig, StreamSource

from domain.errors import DaybookError
from services.messaging.client import PlainClient
from services.messaging.log import Log
from services.messaging.stream import API_TIMEOUT, connected, delete_stream, stream_info
from services.messaging.stream_comparison import Difference, Place, StreamComparison

WINDOW = 500
"""Messages that are compared at once."""

COPIED_WITHIN = 60.0
"""Seconds in which the server has to copy some more of a stream."""


class StreamHolds(DaybookError):
    """A stream is not deleted: it has what its log does not have."""


class KeptAlready(DaybookError):
    """A stream cannot be set aside, since one is kept under that name already."""


class NotCopied(DaybookError):
    """A stream was not set aside, since the server did not copy all of it; it is as it was."""


def kept_name(stream: str) -> str:
    """Return the name under which a stream is kept."""
    return f"{stream}_KEPT"


async def differences(
    client: PlainClient, log: Log, stream: str, *, goes_on: bool = False, most: int = 1_000_000
) -> list[Difference]:
    """Return where a stream and its log differ, at most about so many; none for no stream.

    Raises StretchFailed.
    """
    if await stream_info(client.jetstream(timeout=API_TIMEOUT), stream) is None:
        return []
    comparison, place = StreamComparison(log, stream, goes_on=goes_on), Place()
    found: list[Difference] = []
    while len(found) < most:
        compared = await comparison.step(client, place, WINDOW)
        if not compared.messages:
            break
        found += compared.differences
        place = compared.place
    return found


async def delete_streams(
    nats_url: str, logs: Sequence[tuple[Log, str, bool]], *, keep: bool
) -> dict[str, str]:
    """Delete streams, each given with its log and whether it goes on, so that they are made again.

    What a stream alone has is not deleted: with `keep` the stream is set aside, without it nothing
    is deleted and StreamHolds is raised. Returns under which name each of those is kept.
    """
    kept = {}
    async with connected(nats_url, "daybook rebuild") as client:
        for log, name, goes_on in logs:
            found = await differences(client, log, name, goes_on=goes_on, most=1)
            if only_here := [each for each in found if each.only_here]:
                kept[name] = f"{only_here[0]}"
        if kept and not keep:
            name, first = next(iter(kept.items()))
            raise StreamHolds(
                f"the stream {name} has {first}. It may be the only copy, so nothing was deleted:"
                " `daybook audit recover` shows what the journal lacks, and with --bring-back"
                " records it again; with --set-aside the stream is kept under another name, and"
                " made again"
            )
        for name in kept:
            await set_aside(client, name)
    for _, name, _ in logs:
        if name not in kept:
            await delete_stream(nats_url, name)
    return {name: kept_name(name) for name in kept}


async def set_aside(client: PlainClient, name: str) -> None:
    """Keep a stream under another name, and delete it. Raises KeptAlready, or NotCopied."""
    js = client.jetstream(timeout=API_TIMEOUT)
    kept, info = kept_name(name), await stream_info(js, name)
    if info is None:
        return
    if await stream_info(js, kept):
        raise KeptAlready(
            f"there is a stream {kept} already: see to what it has (`daybook audit recover`),"
            " and delete it by hand once nobody needs it"
        )
    config = StreamConfig(
        name=kept,
        description=f"{name}, set aside: it may be the only copy of what it has.",
        sources=[StreamSource(name=name)],
        max_age=0,
        max_msgs=-1,
        max_bytes=-1,
        allow_direct=True,
    )
    made = await js.add_stream(config)
    copied, clock = 0, asyncio.get_running_loop().time
    until = clock() + COPIED_WITHIN
    while copied < info.state.messages:
        there = await stream_info(js, kept)
        now = there.state.messages if there else 0
        until = clock() + COPIED_WITHIN if now > copied else until
        if clock() > until:
            await js.delete_stream(kept)
            raise NotCopied(f"the server copied {now} of {info.state.messages} messages of {name}")
        copied = now
        await asyncio.sleep(0.05)
    # From here on it follows the stream no more, which is about to become another one.
    await js.update_stream(made.config.evolve(sources=[]))
    await js.delete_stream(name)
