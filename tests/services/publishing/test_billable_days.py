"""Billable days are told on a stream of their own, each change once, and the same again."""

import orjson
import pytest

from domain.session import SignIn
from services.application.check_in import undo_check_in
from services.messaging import stream
from services.publishing import billable_days
from tests.contracts.schema_checks import faults_of_message
from tests.support.backend import Backend, until
from tests.support.billed_clinic import BilledClinic, said
from tests.support.small_clinic import ANN, FOUND, MONDAY, WEDNESDAY


@pytest.fixture
def billed(backend: Backend) -> BilledClinic:
    return BilledClinic(backend)


HELD = [
    ("day.judged", "ann 03-03", 0, ["signature"]),
    ("day.judged", "ben 03-03", 0, ["signature"]),
    ("day.judged", "ann 03-05", 0, ["signature"]),
    ("day.judged", "ben 03-05", 0, ["signature"]),
]
SIGNED: list[tuple[str, str, int | None, list[str] | None]] = [
    ("day.judged", "ann 03-03", 1, []),
    ("day.judged", "ben 03-03", 1, []),
]


async def test_each_day_is_told_and_again_when_it_is_otherwise(billed: BilledClinic) -> None:
    async with billed.kept() as supervisor:
        assert said(await billed.messages()) == HELD
        billed.sign(MONDAY)
        await billed.told(supervisor)
        assert said(await billed.messages()) == HELD + SIGNED


async def test_a_message_is_marked_as_derived_and_follows_the_one_before_it(
    billed: BilledClinic, backend: Backend
) -> None:
    async with billed.kept():
        messages = await billed.messages()
    [first, second, *_] = messages
    assert first.subject == "daybook.oak-street.billable.day.judged"
    headers = dict(second.headers or {})
    assert headers.pop("ce-time") == orjson.loads(second.data or b"")["timestamp"]
    assert headers == {
        "ce-specversion": "1.0",
        "ce-id": "patient-ben:2025-03-03:1",
        "ce-type": "day.judged",
        "ce-source": "daybook/oak-street",
        "ce-subject": "patient-ben:2025-03-03",
        "ce-dataschema": "daybook:day.judged:2",
        "content-type": "application/json",
        "daybook-version": "1",
        "daybook-position": "2",
        "daybook-previous": "1",
        "daybook-journal": backend.journal.id,
        "daybook-derived": "true",
        "Nats-Expected-Last-Sequence": "1",
    }
    for each in messages:
        payload = orjson.loads(each.data or b"")
        assert faults_of_message(str(each.subject), each.headers or {}, payload) == []


async def test_a_view_that_is_made_again_tells_nothing_twice(
    billed: BilledClinic, backend: Backend
) -> None:
    async with billed.kept() as supervisor:
        before = await billed.messages()
        await supervisor.rebuild("compliance")
        await billed.told(supervisor)
    backend.run("DROP SCHEMA compliance CASCADE")
    async with billed.kept():
        assert [each.headers for each in await billed.messages()] == [
            each.headers for each in before
        ]


async def test_a_stream_that_is_made_again_is_the_same_to_the_letter(
    billed: BilledClinic, backend: Backend
) -> None:
    billed.sign(MONDAY)
    async with billed.kept():
        before = await billed.messages()
        await stream.delete_stream(backend.nats_url, billable_days.NAME)
        again = await billed.messages()
    assert [(each.subject, each.headers, each.data) for each in again] == [
        (each.subject, each.headers, each.data) for each in before
    ]


def _take_back(billed: BilledClinic, patient_id: str) -> None:
    """Let it turn out that a patient did not come on Monday."""
    session = billed.clinic.evening(MONDAY)
    [line] = session.visits[patient_id].sign_ins
    assert isinstance(line, SignIn)
    billed.clinic.daybook.handle(
        billed.clinic.context(), undo_check_in, session.id, patient_id, line.arrived_at, FOUND
    )


async def test_a_day_on_which_nobody_came_after_all_is_withdrawn(billed: BilledClinic) -> None:
    billed.sign(MONDAY)
    async with billed.kept() as supervisor:
        _take_back(billed, ANN)
        await billed.told(supervisor)
        last = (await billed.messages())[-1]
        assert said([last]) == [("day.withdrawn", "ann 03-03", None, None)]
        assert (last.headers or {})["ce-id"] == "patient-ann:2025-03-03:2"


async def test_a_look_compares_the_days_of_whom_something_changed_and_all_of_a_view_made_again(
    billed: BilledClinic, backend: Backend
) -> None:
    async with billed.kept() as supervisor:
        before = len(await billed.messages())
        # Of Ben something else was told; nothing of his changes meanwhile.
        backend.run("UPDATE announcements.days SET seal = 'x' WHERE patient_id = 'patient-ben'")
        _take_back(billed, ANN)
        await billed.told(supervisor)
        assert said((await billed.messages())[before:]) == [
            ("day.withdrawn", "ann 03-03", None, None)
        ]
        await supervisor.rebuild("compliance")
        await supervisor.caught_up(backend.journal.position())

        async def told_of_ben() -> bool:
            return backend.rows("SELECT FROM announcements.days WHERE seal = 'x'") == []

        await until(told_of_ben)
        assert said((await billed.messages())[before + 1 :]) == [HELD[1], HELD[3]]


async def test_nothing_of_it_is_told_while_the_view_is_away(
    billed: BilledClinic, backend: Backend
) -> None:
    async with billed.kept():
        before = len(await billed.messages())
    backend.run("DROP SCHEMA compliance CASCADE")
    async with backend.supervisor(clock=billed.manual_clock):
        billed.sign(WEDNESDAY)
        assert len(await billed.messages()) == before
    async with billed.kept():
        assert len(await billed.messages()) == before + 2
