"""Views that are kept in a process of their own, so that what takes long there holds up no other.

The process ends with whoever started it, however that ends: it reads what to keep from its standard
input, and stays until that is closed.
"""

import asyncio
import contextlib
import resource
import signal
import sys
from collections.abc import Collection
from contextlib import closing
from typing import cast

import orjson

from services.cli import garbage
from services.cli.console import log_to_stderr, say
from services.cli.faults import told
from services.embedded import Engines
from services.hosting.bootstrap import VIEWS
from services.hosting.supervisor import Supervisor
from services.journal import Journal

GRACE = 10.0
"""Seconds in which the process has to end when it is asked to."""


class ViewProcessEnded(ChildProcessError):
    """The process of some views has ended though nobody asked it to."""


async def keep_apart(names: Collection[str], engines: Engines) -> None:
    """Keep views in a process of their own until cancelled; it has ended then.

    Raises ViewProcessEnded where it ends before; after that it can be run again.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "services.cli.view_process"), stdin=asyncio.subprocess.PIPE
    )
    stdin = cast("asyncio.StreamWriter", process.stdin)
    try:
        # Not as arguments, which every user of the machine can read: they hold passwords.
        settings = (engines.database_url, engines.nats_url, list(names))
        stdin.write(orjson.dumps(settings) + b"\n")
        with contextlib.suppress(ConnectionError):
            await stdin.drain()
        code = await process.wait()
        message = f"exit code {code}"
        raise ViewProcessEnded(message)
    finally:
        stdin.close()
        ended = asyncio.ensure_future(process.wait())
        # Who is cancelled again meanwhile waits on: nothing is left running.
        while not ended.done():
            with contextlib.suppress(asyncio.CancelledError):
                if not (await asyncio.wait([ended], timeout=GRACE))[0]:
                    process.kill()


async def _keep(journal: Journal, engines: Engines, names: Collection[str]) -> None:
    views = [view for view in VIEWS if view.name in names]
    urls = engines.database_url, engines.nats_url
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    loop.add_reader(sys.stdin, ended.set)
    async with Supervisor(journal, *urls, views, relay=False):
        await ended.wait()


def main() -> None:
    """Keep views until standard input is closed."""
    garbage.look_in_short_steps()
    log_to_stderr()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # An interrupt from a terminal is also for whoever started this, and ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    database_url, nats_url, names = orjson.loads(sys.stdin.buffer.readline())
    engines = Engines(database_url, nats_url)
    try:
        with closing(Journal(database_url)) as journal:
            asyncio.run(_keep(journal, engines, names))
    except Exception as fault:  # no traceback reaches a user
        sys.exit(say(*told(fault)))


if __name__ == "__main__":
    main()
