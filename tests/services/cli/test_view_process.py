"""Views in a process of their own: it keeps them, and ends with whoever started it."""

import signal
import subprocess
import sys
from functools import partial

import pytest

from services.cli.view_process import ViewProcessEnded, keep_apart
from services.embedded import Engines
from services.hosting.bootstrap import SLOW
from tests.support.backend import Backend, running, until
from tests.support.command_line import DAYBOOK, clean
from tests.support.small_clinic import SmallClinic


def engines_of(backend: Backend) -> Engines:
    return Engines(backend.database_url, backend.nats_url)


async def is_kept(backend: Backend) -> bool:
    there = backend.rows("SELECT to_regclass('compliance.position')") != [(None,)]
    position = backend.journal.position()
    return there and backend.rows("SELECT position FROM compliance.position") == [(position,)]


def keepers(backend: Backend) -> int:
    """How many keep the view."""
    [(count,)] = backend.rows(
        "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
        " WHERE datname = current_database() AND locktype = 'advisory' AND granted AND"
        " (classid::bigint << 32) | objid::bigint = hashtextextended('daybook.view.compliance', 0)"
    )
    return int(count)


async def test_views_are_kept_by_a_process_of_their_own_until_nobody_wants_it(
    backend: Backend,
) -> None:
    SmallClinic(backend.journal)
    async with backend.supervisor():
        async with running(partial(keep_apart, SLOW, engines_of(backend))):
            await until(lambda: is_kept(backend))
            assert keepers(backend) == 1
        assert keepers(backend) == 0


async def test_the_process_ends_with_one_that_is_killed(backend: Backend) -> None:
    SmallClinic(backend.journal)
    settings = {
        "DAYBOOK_DATABASE_URL": backend.database_url,
        "DAYBOOK_NATS_URL": backend.nats_url,
        "DAYBOOK_SITE_KEY": "B" * 43 + "=",
    }
    async with backend.supervisor():
        started = subprocess.Popen([DAYBOOK, "serve", "projector"], env=clean(settings))
        try:
            await until(lambda: is_kept(backend))
            assert keepers(backend) == 1
        finally:
            started.send_signal(signal.SIGKILL)
            started.wait()

        async def is_over() -> bool:
            return keepers(backend) == 0

        await until(is_over)


async def test_a_process_that_ends_by_itself_is_told(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ViewProcessEnded, match="exit code 1"):
        await keep_apart(SLOW, engines_of(backend))
