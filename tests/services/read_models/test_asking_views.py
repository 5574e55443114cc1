"""Views that ask their own tables."""

import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from domain.aggregate import Event
from projections.view import Change, Question, Steps, View
from services.read_models import projector as projector_module
from services.read_models.execution import run_steps
from tests.support.backend import (
    Backend,
    Counts,
    Totals,
    running,
    until,
)
from tests.support.projecting import (
    checkpoint,
    has_messages,
    is_there,
    projector,
    relay,
    stands_at,
    stopped,
)


def totals(backend: Backend) -> list[tuple[int, int]]:
    return backend.rows("SELECT number, total FROM totals.totals ORDER BY at")


def running_total(*numbers: int) -> list[tuple[int, int]]:
    return [(number, sum(numbers[: k + 1])) for k, number in enumerate(numbers)]


@pytest.mark.parametrize("batch", [1, 7, 1000])
async def test_a_view_asks_what_the_events_before_have_made_of_its_tables(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(projector_module, "BATCH", batch)
    position = backend.count(*range(100))
    view = Totals()
    async with running(relay(backend).run):
        await until(lambda: has_messages(backend, 101))
        async with running(projector(backend, view).run):
            await stands_at(backend, position, "totals")
    assert totals(backend) == running_total(*range(100))
    assert sum(view.batches) == 101
    assert 1 < max(view.batches) <= batch or batch == 1


async def test_an_asking_view_that_is_filled_again_doubles_nothing(backend: Backend) -> None:
    expected = running_total(*range(31))
    async with running(relay(backend).run):
        async with running(projector(backend, Totals()).run):
            await stands_at(backend, backend.count(*range(30)), "totals")
        async with running(projector(backend, Totals()).run):
            position = backend.count(30)
            await stands_at(backend, position, "totals")
            assert totals(backend) == expected
            backend.run("DROP TABLE totals.totals")
            await until(lambda: is_there(backend, "totals.totals"))
            await stands_at(backend, position, "totals")
    assert totals(backend) == expected


class DelicateTotals(Totals):
    """Fails at the number 13, in a way that a test chooses."""

    mended = False

    def __init__(self, failing: Callable[[int], Steps]) -> None:
        super().__init__()
        self.failing = failing

    def add(self, number: int) -> Steps:
        yield from super().add(number)
        if number == 13 and not self.mended:
            yield from self.failing(number)


def asks_amiss(_: int) -> Steps:
    yield Question("SELECT 'Ada Lovelace'::text::integer")


def asks_without_an_answer(_: int) -> Steps:
    yield Question("UPDATE totals SET total = 0")


def writes_amiss_and_asks(_: int) -> Steps:
    yield "INSERT INTO totals (number, total) VALUES (%s, 0)", (-13,)
    yield Question("SELECT 1")


def writes_amiss_at_last(_: int) -> Steps:
    yield "INSERT INTO totals (number, total) VALUES (%s, 0)", (-13,)


def cannot_do_with_the_answer(_: int) -> Steps:
    [(_name,)] = yield Question("SELECT 'Ada Lovelace' WHERE false")


@pytest.mark.parametrize(
    ("failing", "because"),
    [
        (asks_amiss, "InvalidTextRepresentation 22P02"),
        (asks_without_an_answer, "ProgrammingError"),
        (writes_amiss_and_asks, "CheckViolation 23514, new row"),
        (writes_amiss_at_last, "CheckViolation 23514, new row"),
        (cannot_do_with_the_answer, "ValueError in test_asking_views.py, line "),
    ],
)
async def test_an_asking_view_stops_at_the_event_that_fails_with_those_before_it_taken_in(
    backend: Backend, failing: Callable[[int], Steps], because: str
) -> None:
    position = backend.count(*range(20))
    view = DelicateTotals(failing)
    async with running(relay(backend).run):
        await until(lambda: has_messages(backend, 21))
        async with running(projector(backend, view).run):
            where, event_id, why = await stopped(backend, "totals")
            assert (where, event_id) == (14, "thing-1:15")
            assert why is not None
            assert why.startswith(because)
            assert "Ada" not in why
            # At once first, then one by one.
            assert max(view.batches) > 1
            assert view.batches[-1] == 1
            built = backend.rows("SELECT number, total FROM totals_being_built.totals ORDER BY at")
            assert built == running_total(*range(13))
            view.mended = True
            await stands_at(backend, position, "totals")
    assert totals(backend) == running_total(*range(20))
    assert checkpoint(backend, "totals") == (position, None, None)


async def test_changes_may_be_a_list(backend: Backend) -> None:
    class Listed(View):
        name = "counts"
        version = 1
        tables = Counts.tables

        def changes(self, event: Event) -> list[Change]:
            return list(Counts().changes(event))

    async with running(relay(backend).run), running(projector(backend, Listed()).run):
        await stands_at(backend, backend.count(1, 2, 3))
    assert backend.numbers() == [1, 2, 3]


@pytest.mark.parametrize("piped", [False, True])
async def test_an_answer_is_that_of_its_question_however_much_was_written_before(
    backend: Backend, piped: bool
) -> None:
    answers: list[Any] = []

    def steps() -> Steps:
        yield "CREATE TEMPORARY TABLE few (number integer)", ()
        for number in range(200):
            # So much that its result comes by itself, before anybody has asked for an answer.
            yield (
                "INSERT INTO few VALUES (%(number)s) RETURNING repeat('wrong', 5000)",
                {"number": number},
            )
            time.sleep(0.001)
            answers.append((yield Question("SELECT count(*) FROM few")))
            answers.append((yield Question("SELECT * FROM few WHERE number = %s", (-1,))))

    async with await psycopg.AsyncConnection.connect(backend.database_url) as conn:
        if piped:
            async with conn.pipeline():
                await run_steps(conn, steps())
        else:
            await run_steps(conn, steps())
    assert answers[::2] == [[(count,)] for count in range(1, 201)]
    assert answers[1::2] == [[]] * 200


async def test_steps_are_closed_when_one_of_them_fails(backend: Backend) -> None:
    closed: list[bool] = []

    def steps(wrong: Any) -> Steps:
        try:
            yield wrong
        finally:
            closed.append(True)

    async with await psycopg.AsyncConnection.connect(backend.database_url) as conn:
        for number, wrong in enumerate([("SELECT 1 / 0", ()), Question("SELECT 1 / 0")], start=1):
            with pytest.raises(psycopg.errors.DivisionByZero) as raised:
                await run_steps(conn, steps(wrong))
            # What is raised holds the frames, and so keeps the steps from being swept away.
            assert raised.tb
            assert len(closed) == number
            await conn.rollback()
