"""A stream that differs from its log anywhere is found, by the relay or whoever asks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.messaging import stream, stream_watch
from services.messaging.stream_comparison import Place, StreamComparison
from services.messaging.stream_refusals import ForeignStream, StreamDamaged
from services.messaging.stretches import StretchFailed, stretch
from tests.support.backend import Backend, running, until
from tests.support.projecting import has_messages, relay


async def fill(backend: Backend, *numbers: int) -> None:
    backend.count(*numbers)
    many = len(backend.journal.after(0, 100_000))
    async with running(relay(backend).run):
        await until(lambda: has_messages(backend, many))


async def republish(backend: Backend, changed: Callable[[int, Any], Any]) -> None:
    """Make the stream anew with messages that somebody has changed; None leaves one out."""
    async with stream.connected(backend.nats_url, "test") as client:
        js = client.jetstream()
        info = await stream.stream_info(js)
        assert info
        found = [await js.get_msg(stream.NAME, seq=k + 1) for k in range(info.state.last_seq)]
        await js.delete_stream(stream.NAME)
        await js.add_stream(stream.CONFIG)
        for sequence, each in enumerate(found, 1):
            if new := changed(sequence, each):
                headers = {
                    name: value
                    for name, value in (new.headers or {}).items()
                    if not name.startswith("Nats-")
                }
                await js.publish(new.subject, new.data, headers=headers)


def forged_second(sequence: int, message: Any) -> Any:
    if sequence == 3:
        message.data = message.data.replace(b'"number":2', b'"number":9')
    return message


def left_out_second(sequence: int, message: Any) -> Any:
    return None if sequence == 3 else message


def under_another_facility(sequence: int, message: Any) -> Any:
    if sequence == 3:
        message.subject = message.subject.replace("oak-street", "elm")
    return message


@pytest.mark.parametrize(
    ("attack", "refusal", "says"),
    [
        (
            forged_second,
            ForeignStream,
            "thing-1:3 at position 3: the journal has another event there; .*audit recover",
        ),
        (
            left_out_second,
            StreamDamaged,
            "thing-1:3 at position 3: the stream does not have it: .*rebuild stream",
        ),
        (
            under_another_facility,
            StreamDamaged,
            "thing-1:3 at position 3: it does not stand in its place: .*rebuild stream",
        ),
    ],
)
async def test_gap_3_a_forged_middle_message_behind_the_same_tip_is_refused_and_told_by_the_status(
    backend: Backend, attack: Callable[[int, Any], Any], refusal: type[Exception], says: str
) -> None:
    await fill(backend, 1, 2, 3, 4)
    await republish(backend, attack)
    unseen = await backend.supervisor().status()
    assert unseen.something_stopped
    with pytest.raises(refusal, match=says):
        await relay(backend).run()
    with pytest.raises(refusal, match=says):
        await relay(backend).inspect()


async def test_gap_4_a_single_message_that_was_deleted_is_told_by_the_status(
    backend: Backend,
) -> None:
    await fill(backend, 1, 2, 3, 4)
    for lost in (1, 3, 5):
        async with stream.connected(backend.nats_url, "test") as client:
            await client.jetstream().delete_msg(stream.NAME, lost)
        status = await backend.supervisor().status()
        assert status.something_stopped
        await backend.delete_stream()
        async with running(relay(backend).run):
            await until(lambda: has_messages(backend, 5))
        assert not (await backend.supervisor().status()).something_stopped


async def test_gap_1_an_event_changed_by_sql_is_found_where_the_stream_still_has_it(
    backend: Backend,
) -> None:
    await fill(backend, 1, 2, 3, 4)
    backend.run(
        "UPDATE journal.journal_events SET state = replace(convert_from(state, 'UTF8'),"
        " '\"number\":2', '\"number\":7')::bytea WHERE notification_id = 3"
    )
    backend.run("UPDATE streams.compared SET sequence = 0, position = 0")
    with pytest.raises(ForeignStream, match="thing-1:3 at position 3: the journal has another"):
        await relay(backend).run()
    status = await backend.supervisor().status()
    assert status.stream
    assert "thing-1:3" in str(status.stream.held_up)


async def test_what_was_compared_is_kept_and_comes_again_after_a_while(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_watch, "WINDOW", 7)
    await fill(backend, *range(30))
    async with running(relay(backend).run):
        await until(lambda: all_compared(backend, 31))
        backend.count(99)
        await until(lambda: all_compared(backend, 32))
        backend.run("UPDATE streams.compared SET whole_at = NULL")
        monkeypatch.setattr(stream_watch, "AGAIN", timedelta())
        await until(lambda: whole(backend))


async def all_compared(backend: Backend, sequence: int) -> bool:
    found = backend.rows("SELECT sequence FROM streams.compared WHERE stream = 'DAYBOOK'")
    return found == [(sequence,)]


async def whole(backend: Backend) -> bool:
    found = backend.rows("SELECT whole_at FROM streams.compared WHERE stream = 'DAYBOOK'")
    return found[0][0] is not None


async def test_a_mended_stream_is_published_to_again(backend: Backend) -> None:
    await fill(backend, 1, 2, 3)
    await republish(backend, forged_second)
    with pytest.raises(ForeignStream):
        await relay(backend).run()
    await backend.delete_stream()
    await fill(backend, 4)
    assert not (await backend.supervisor().status()).something_stopped


async def test_each_difference_is_named_and_where_reading_goes_on(backend: Backend) -> None:
    await fill(backend, *range(10))
    backend.run("DELETE FROM journal.journal_events WHERE notification_id IN (3, 10, 11)")
    comparison = StreamComparison(backend.journal, stream.NAME)
    async with stream.connected(backend.nats_url, "test") as client:
        first = await comparison.step(client, Place(), 4)
        rest = await comparison.step(client, first.place, 100)
        end = await comparison.step(client, rest.place, 100)
    assert (first.place, first.messages) == (Place(4, 4), 4)
    assert (rest.messages, end.messages) == (7, 0)
    found = [(each.kind, each.event_id) for each in (*first.differences, *rest.differences)]
    assert found == [("lacking", "thing-1:3"), ("lacking", "thing-1:10"), ("lacking", "thing-1:11")]


async def test_a_stretch_is_read_in_order_and_a_stream_that_is_not_there_is_told(
    backend: Backend,
) -> None:
    await fill(backend, *range(50))
    async with stream.connected(backend.nats_url, "test") as client:
        found = await stretch(client, stream.NAME, 3, 20)
        assert [each.sequence for each in found] == list(range(3, 23))
        assert found == (await backend.messages())[2:22]
        assert await stretch(client, stream.NAME, 999, 20) == []
        with pytest.raises(StretchFailed):
            await stretch(client, "NOBODYS", 1, 20)


async def test_where_the_server_hands_out_no_stretch_it_is_published_on_and_nothing_is_compared(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def refused(*_: Any) -> Any:
        raise StretchFailed

    monkeypatch.setattr("services.messaging.stream_comparison.stretch", refused)

    async def told() -> bool:
        return "is not compared with its log" in caplog.text

    await fill(backend, 1, 2, 3)
    async with running(relay(backend).run):
        await until(told)
        backend.count(4)
        await until(lambda: has_messages(backend, 5))
    assert caplog.text.count("is not compared with its log") <= 2
    status = await backend.supervisor().status()
    assert not status.something_stopped
