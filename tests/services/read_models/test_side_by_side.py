"""Views that are built side by side, by several processes: as if events had come in their order."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.aggregate import Event
from domain.skipped_event import SkippedEvent
from projections.compliance import Compliance
from projections.view import Change
from services.advisory_lock import connect
from services.cancellation import cancel_and_wait
from services.read_models import side_by_side
from services.read_models.checkpoint import ViewChanged, build
from services.read_models.side_by_side import fill
from tests.benchmarks import journal as lived_journal
from tests.support.backend import Backend, Counts, ThingCounted, context, running, until
from tests.support.projecting import checkpoint, projector, relay, stands_at, stopped

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SAID = {
    **dict.fromkeys(("findings", "turns", "revisions", "weeks", "days", "authorizations"), "*"),
    "files": "kind, id, body::jsonb, leans_on, judged_at, due_at, waits::jsonb, watches",
    "visits": "patient_id, session_id, body::jsonb",
    "position": "position, sequence, version, looked_at, looked_after",
}
"""What is compared of each table."""

COUNTED = "SELECT number, of, share FROM counts.numbers ORDER BY of, number"


class Shared(Counts):
    """Counts, and by whose share."""

    tables = """
        CREATE TABLE numbers (number integer, of text, share text, UNIQUE (number, of));
        COMMENT ON TABLE numbers IS 'Each number counted';
    """

    def __init__(self, of: str | None = None) -> None:
        self.of = of

    def share(self, facility_id: str) -> "Shared":
        return type(self)(facility_id)

    def changes(self, event: Event) -> Iterator[Change]:
        match event:
            case ThingCounted(number=number, facility_id=facility_id):
                yield "INSERT INTO numbers VALUES (%s, %s, %s)", (number, facility_id, self.of)


class Unlucky(Shared):
    """Fails at the number 13."""

    def changes(self, event: Event) -> Iterator[Change]:
        yield from super().changes(event)
        if isinstance(event, ThingCounted) and event.number == 13:
            message = "the patient's name is Ada"
            raise KeyError(message)


@pytest.fixture(autouse=True)
def every_view_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "WORTH_IT", 1)


def two_facilities(backend: Backend) -> int:
    for number in range(20):
        backend.count(number, facility_id="oak-street", of="thing-1")
        backend.count(number, facility_id="elm-street", of="thing-2")
    return backend.journal.position()


async def built(backend: Backend, view: Any, position: int) -> None:
    async with running(relay(backend).run), running(projector(backend, view).run):
        await stands_at(backend, position, view.name)


async def test_each_facilitys_events_are_taken_in_by_themselves(backend: Backend) -> None:
    position = two_facilities(backend)
    await built(backend, Shared(), position)
    assert backend.rows(COUNTED) == [
        (number, of, of) for of in ("elm-street", "oak-street") for number in range(20)
    ]
    assert checkpoint(backend) == (position, None, None)


async def test_what_comes_later_is_taken_in_as_usual(backend: Backend) -> None:
    position = two_facilities(backend)
    async with running(relay(backend).run), running(projector(backend, Shared()).run):
        await stands_at(backend, position)
        await stands_at(backend, backend.count(20))
    assert (20, "oak-street", None) in backend.rows(COUNTED)


async def test_compliance_says_the_same_as_in_the_order_of_the_record(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived_journal.fill(backend.database_url, 4000)
    assert len(backend.journal.busiest_facilities()) == 2
    position = backend.journal.position()
    monkeypatch.setattr(side_by_side, "BATCH", 700)

    async def said() -> dict[str, Any]:
        clock: Any = lambda: NOW  # noqa: E731
        async with running(projector(backend, Compliance(), clock).run):
            await stands_at(backend, position, "compliance")
        found = {
            table: backend.rows(f"SELECT {what} FROM compliance.{table} t")  # noqa: S608
            for table, what in SAID.items()
        }
        backend.run("DROP SCHEMA compliance CASCADE")
        return found

    async with running(relay(backend).run):
        side_by_side_said = await said()
        monkeypatch.setattr(side_by_side, "WORTH_IT", 10_000)
        in_order = await said()
    for table, rows in in_order.items():
        assert sorted(map(str, side_by_side_said[table])) == sorted(map(str, rows)), table


async def test_what_cannot_be_taken_in_is_found_in_the_order_of_the_record(
    backend: Backend, capfd: pytest.CaptureFixture[str]
) -> None:
    two_facilities(backend)
    async with running(relay(backend).run), running(projector(backend, Unlucky()).run):
        assert (await stopped(backend))[1] == "thing-1:15"
    assert "KeyError in test_side_by_side.py" in capfd.readouterr().err
    rows = backend.rows(
        "SELECT of, count(*), max(share) FROM counts_being_built.numbers GROUP BY of"
    )
    assert sorted(rows) == [("elm-street", 13, None), ("oak-street", 13, None)]


async def test_an_event_that_is_passed_over_is_in_no_share(backend: Backend) -> None:
    position = two_facilities(backend)
    for name in ("thing-1:15", "thing-2:15"):
        skipped = SkippedEvent.declare(
            context(),
            facility_id="oak-street",
            view="counts",
            event_id=name,
            position=1,
            reason="known",
        )
        backend.journal.save(skipped)
    await built(backend, Unlucky(), position)
    found = backend.rows(COUNTED)
    assert all(of == share for _, of, share in found)
    assert {number for number, _, _ in found} == {*range(20)} - {13}


async def test_tables_that_were_left_half_filled_are_made_anew(backend: Backend) -> None:
    position = two_facilities(backend)
    async with await connect(backend.database_url) as conn:
        await build(conn, Shared(), backend.journal.id)
    backend.run("UPDATE counts_being_built.position SET version = 0")
    backend.run("INSERT INTO counts_being_built.numbers VALUES (3, 'oak-street', 'oak-street')")
    await built(backend, Shared(), position)
    assert len(backend.rows(COUNTED)) == 40


class Slow(Shared):
    """Takes its time."""

    def changes(self, event: Event) -> Iterator[Change]:
        yield from super().changes(event)
        yield "SELECT pg_sleep(0.2)", ()


async def under_way(backend: Backend, view: Shared) -> asyncio.Task[bool]:
    """Begin to fill new tables; return once processes are at it."""

    async def filling() -> bool:
        async with await connect(backend.database_url) as conn:
            await build(conn, view, backend.journal.id)
            return await fill(conn, view, backend.journal, backend.database_url, NOW)

    async def are_at_it() -> bool:
        return bool(multiprocessing.active_children())

    task = asyncio.create_task(filling())
    await until(are_at_it)
    return task


async def test_no_process_outlives_what_is_cancelled(backend: Backend) -> None:
    two_facilities(backend)
    await cancel_and_wait([await under_way(backend, Slow())])
    assert multiprocessing.active_children() == []


async def test_no_process_writes_into_tables_that_were_made_after_its_own(
    backend: Backend,
) -> None:
    two_facilities(backend)
    view = Slow()
    task = await under_way(backend, view)
    async with await connect(backend.database_url) as conn:
        await build(conn, view, backend.journal.id)
    with pytest.raises(ViewChanged):
        await task
    assert multiprocessing.active_children() == []
    assert backend.rows("SELECT * FROM counts_being_built.numbers") == []
