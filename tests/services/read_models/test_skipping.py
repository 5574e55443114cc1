"""One event that a read model cannot take in does not lock anybody out for good."""

import asyncio
from typing import Any

import orjson
import pytest
from eventsourcing.persistence import StoredEvent

from domain.aggregate import CommandContext
from domain.errors import OutOfBounds
from projections.view import View
from services.advisory_lock import connect
from services.hosting.supervisor import Supervisor
from services.journal import Journal
from services.read_models.as_of import Prefix, shown_as_of
from services.read_models.execution import ViewStopped
from services.read_models.skipping import NothingToSkip, skip_event, take_again
from tests.support.backend import Backend, Counts, Told, context, thing
from tests.support.older_version import record

WHY = "an older version recorded a number that the view refuses"
OPERATOR = CommandContext("skip-1", context().at, "M. Diaz")


@pytest.fixture
def journal(backend: Backend) -> Journal:
    """A journal with an event in its middle that the view `counts` does not take."""
    backend.count(1, -2, 3)
    backend.count(4, facility_id="elm", of="thing-2")
    return backend.journal


BAD = "thing-1:3"


async def skip(backend: Backend, event_id: str = BAD, view: View | None = None) -> None:
    async with await connect(backend.database_url) as conn:
        view = view or Counts()
        await skip_event(conn, backend.journal, view, event_id, context=OPERATOR, reason=WHY)


async def caught_up(supervisor: Supervisor, journal: Journal) -> None:
    await supervisor.caught_up(journal.position())


async def test_a_view_that_has_stopped_goes_on_without_the_event(
    backend: Backend, journal: Journal
) -> None:
    async with backend.supervisor(Counts()) as supervisor:
        with pytest.raises(ViewStopped, match=BAD):
            await caught_up(supervisor, journal)
        await skip(backend)
        # The projector that is running goes on at once: it need not wait for its next attempt.
        await caught_up(supervisor, journal)
        assert backend.numbers() == [1, 3, 4], "what else there is, of any facility, is there"
        [found] = (await supervisor.status()).views
        assert found.stopped_at is None
        assert [(each.skipped_event_id, each.reason, each.author) for each in found.skipped] == [
            (BAD, WHY, "M. Diaz")
        ]
        await supervisor.rebuild("counts")
        await caught_up(supervisor, journal)
        assert backend.numbers() == [1, 3, 4]
    assert [type(each).__name__ for each in journal.named([BAD])] == ["ThingCounted"]
    assert await asyncio.to_thread(as_of_today, backend) == [1, 3, 4]


def as_of_today(backend: Backend) -> list[int]:
    prefix = Prefix.read(backend.journal, None, None)
    with shown_as_of(backend.database_url, [Counts()], prefix) as url:
        return Backend(url, "", backend.journal).numbers()


async def test_only_the_view_that_is_named_passes_over_it(
    backend: Backend, journal: Journal
) -> None:
    other = Told()
    other.name = "others"
    async with backend.supervisor(Counts(), other) as supervisor:
        with pytest.raises(ViewStopped):
            await caught_up(supervisor, journal)
        await skip(backend)
        with pytest.raises(ViewStopped, match="The view others"):
            await caught_up(supervisor, journal)


class Undecided(Counts):
    """Takes each number in, and fails at the time where it has a certain one."""

    keeps_time = True

    def tick(self, now: Any) -> Any:  # noqa: ARG002 - the time does not matter
        yield "SELECT 1 / (count(*) - 1) FROM numbers WHERE number = 3", ()


async def test_an_event_that_was_taken_in_and_stops_the_time_is_passed_over_by_filling_anew(
    backend: Backend,
) -> None:
    position, view = backend.count(1, 3, 4), Undecided()
    async with backend.supervisor(view) as supervisor:
        with pytest.raises(ViewStopped, match="the passing of time"):
            await supervisor.caught_up(position)
        await skip(backend, "thing-1:3", view)
        await caught_up(supervisor, backend.journal)
    assert backend.numbers() == [1, 4]


async def test_what_was_passed_over_can_be_taken_in_again(
    backend: Backend, journal: Journal
) -> None:
    view = Counts()
    async with backend.supervisor(view) as supervisor:
        with pytest.raises(ViewStopped):
            await caught_up(supervisor, journal)
        await skip(backend)
        await caught_up(supervisor, journal)
        async with await connect(backend.database_url) as conn:
            await take_again(conn, journal, view, BAD, context=OPERATOR, reason="mended")
        with pytest.raises(ViewStopped, match=BAD):
            await caught_up(supervisor, journal)
        assert backend.numbers() == [1, 3, 4], "until it is filled, the old tables serve"
        await skip(backend)
        await caught_up(supervisor, journal)
        with pytest.raises(NothingToSkip, match="has not stopped"):
            await skip(backend)


async def test_nothing_is_passed_over_that_does_not_have_to_be(
    backend: Backend, journal: Journal
) -> None:
    async with backend.supervisor(Counts()) as supervisor:
        with pytest.raises(ViewStopped):
            await caught_up(supervisor, journal)
        before = journal.position()
        with pytest.raises(NothingToSkip, match="there is no event thing-1:99"):
            await skip(backend, "thing-1:99")
        with pytest.raises(NothingToSkip, match="there is no event nonsense"):
            await skip(backend, "nonsense")
        with pytest.raises(NothingToSkip, match="has not come to event thing-2:2"):
            await skip(backend, "thing-2:2")
        assert journal.position() == before


async def test_an_event_that_cannot_even_be_read_is_passed_over(backend: Backend) -> None:
    backend.count(1)
    known = {"facility_id": "oak-street", "class_version": 1}
    unreadable = orjson.dumps({"timestamp": "2025-03-03T17:00:00Z", **known})
    backend.journal.recorder.insert_events([StoredEvent("thing-1", 3, "thing.counted", unreadable)])
    async with backend.supervisor(Counts()) as supervisor:
        with pytest.raises(ViewStopped, match=BAD):
            await caught_up(supervisor, backend.journal)
        await skip(backend)
        await caught_up(supervisor, backend.journal)
    assert await asyncio.to_thread(as_of_today, backend) == [1]


def test_the_door_keeps_out_what_an_older_version_let_in(backend: Backend) -> None:
    found: Any = thing()
    found.count(1, "Ill\0")
    with pytest.raises(OutOfBounds):
        backend.journal.save(found)
    again: Any = thing()
    again.count(1, "Ill\0")
    record(backend.journal, again)
    assert backend.journal.position() == 2
