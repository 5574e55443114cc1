"""What somebody has to see to, and what to do about it, as the status tells."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from nats.js.api import AckPolicy, ConsumerConfig

from services.audit.notes.witness_answer import Outcome
from services.audit.sealing.seal_status import SealingStatus, SealStatus, WitnessStatus
from services.hosting.attention import attention
from services.hosting.status import (
    ManagerStatus,
    Status,
    StreamStatus,
    SubscriberStatus,
    ViewStatus,
)
from services.messaging import stream
from services.messaging.consumers import ConsumerFilter, keep_consumers
from services.read_models.execution import CLOCK_TICK
from tests.support.backend import Backend, Counts

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=1)
VIEW = ViewStatus(
    name="compliance",
    position=500,
    lag=0,
    serves=True,
    stopped_at=None,
    stopped_because=None,
    looked_at=NOW,
    updated_at=LONG_AGO,
)
SEALED = SealStatus("journal", "daybook/journal-1", 500, 500, LONG_AGO, 0, None)
MANAGER = ManagerStatus("closing", 500, 0, None, 3, NOW)
STREAM = StreamStatus(500, 500)
WELL = Status(
    position=500,
    views=(VIEW,),
    stream=STREAM,
    findings_told=0,
    findings=None,
    told=0,
    billable=None,
    managers=(MANAGER,),
    subscribers=(SubscriberStatus("alerts", "DAYBOOK", "daybook.*.care.*.*", 900, 1),),
    sealing=SealingStatus(True, (SEALED,)),
)
UNSEALED = replace(SEALED, unsealed=2)
AWAY = WitnessStatus("payer.example/w", Outcome.UNREACHABLE, NOW, 0, None)
REFUSED = replace(UNSEALED, refused="A head over 9 leaves was signed. Restore it")


def test_where_all_is_well_nobody_has_to_see_to_anything() -> None:
    assert attention(WELL, NOW) == ()
    just_recorded = replace(WELL, views=(replace(VIEW, lag=3),), undecided=3)
    assert attention(just_recorded, NOW) == ()
    for runs, each in (
        (True, UNSEALED),
        (False, SEALED),
        (False, replace(UNSEALED, at=NOW - timedelta(minutes=1))),
    ):
        assert attention(replace(WELL, sealing=SealingStatus(runs, (each,))), NOW) == ()
    lately = replace(AWAY, size=500, cosigned_at=NOW - timedelta(hours=23))
    for witness in (lately, replace(lately, outcome=Outcome.COSIGNED, cosigned_at=LONG_AGO)):
        sealing = SealingStatus(True, (SEALED,), (witness,))
        assert attention(replace(WELL, sealing=sealing), NOW) == ()


@pytest.mark.parametrize(
    ("found", "says", "command"),
    [
        (
            replace(WELL, views=(replace(VIEW, stopped_at="session-1:7", stopped_because="Why"),)),
            "stopped at event session-1:7: Why",
            "daybook skip-event compliance session-1:7 --reason WHY --author WHO",
        ),
        (
            replace(WELL, views=(replace(VIEW, stopped_at=CLOCK_TICK, stopped_because="Why"),)),
            "stopped at the passing of time: Why",
            "daybook skip-event compliance EVENT --reason WHY --author WHO",
        ),
        (
            replace(WELL, views=(replace(VIEW, looked_at=LONG_AGO),)),
            "not told the time",
            "daybook serve projector",
        ),
        (
            replace(WELL, views=(replace(VIEW, looked_at=None, lag=1200),)),
            "1,200 events behind",
            "daybook serve projector",
        ),
        (replace(WELL, views=(replace(VIEW, serves=False, lag=90),)), "90 events are left", None),
        (
            replace(WELL, views=(replace(VIEW, warnings=("no policy is for payer medicaid",)),)),
            "It lacks something: no policy is for payer medicaid.",
            None,
        ),
        (
            replace(WELL, stream=replace(STREAM, held_up="an event is too large")),
            "held up: an event is too large",
            "daybook rebuild stream",
        ),
        (
            replace(WELL, nameless=1),
            "1 patient's name cannot be read",
            "daybook forget PATIENT --because WHY",
        ),
        (
            replace(WELL, undecided=101),
            "decided up to position 399 whom to tell, 101 behind",
            "daybook serve relay",
        ),
        (replace(WELL, stream=None), "not there", "daybook serve relay"),
        (replace(WELL, managers=()), "None has worked yet", "daybook serve managers"),
        (
            replace(WELL, managers=(replace(MANAGER, due=2, due_since=LONG_AGO),)),
            "2 tasks are overdue",
            "daybook serve managers",
        ),
        (
            replace(WELL, managers=(replace(MANAGER, position=1),)),
            "499 events behind",
            "daybook serve managers",
        ),
        (
            replace(WELL, sealing=SealingStatus(False, (UNSEALED, replace(UNSEALED, at=None)))),
            "4 records are not sealed, and no sealer runs",
            "daybook serve sealer",
        ),
        (
            replace(WELL, sealing=SealingStatus(True, (replace(UNSEALED, unsealed=9000),))),
            "9,000 records are not sealed yet",
            None,
        ),
        (
            replace(WELL, sealing=SealingStatus(True, (REFUSED,))),
            "Nothing more is sealed. A head over 9 leaves was signed. Restore it.",
            "daybook audit verify",
        ),
        (
            replace(WELL, sealing=SealingStatus(True, (SEALED,), (AWAY,))),
            "It has cosigned nothing yet; it was asked, and the answer was: unreachable.",
            "daybook audit key",
        ),
        (
            replace(WELL, subscribers=(SubscriberStatus("alerts", "DAYBOOK", "x", 5000, 0),)),
            "5,000 messages wait",
            None,
        ),
    ],
)
def test_each_thing_that_is_wrong_says_what_is_so_and_what_to_do(
    found: Status, says: str, command: str | None
) -> None:
    [one] = attention(found, NOW)
    assert says in one.says
    assert one.to_do
    assert one.command == command


def test_what_does_not_go_on_by_itself_comes_first() -> None:
    slow = replace(VIEW, name="care", serves=False, lag=9)
    stopped = replace(VIEW, stopped_at="session-1:7", stopped_because="Why")
    found = attention(replace(WELL, views=(slow, stopped)), NOW)
    assert [each.about for each in found] == ["View compliance", "View care"]


async def test_the_status_says_who_subscribes_and_how_far_they_are_behind(
    backend: Backend,
) -> None:
    position = backend.count(1, 2, 3)
    async with backend.supervisor(Counts()) as supervisor:
        await supervisor.caught_up(position)
    # The relay has ended: when it looks at the stream again it deletes whom it does not know.
    async with stream.connected(backend.nats_url, "test") as client:
        js = client.jetstream()
        everything = ConsumerFilter(stream.NAME, "daybook.*.care.*.*")
        await keep_consumers(js, stream.NAME, {"alerts": everything})
        of_others = ConsumerConfig(durable_name="ours", ack_policy=AckPolicy.EXPLICIT)
        await js.add_consumer(stream.NAME, of_others)
    found = await supervisor.status()
    assert found.subscribers
    [alerts] = found.subscribers
    assert (alerts.name, alerts.filter) == ("alerts", "daybook.*.care.*.*")
    assert alerts.waiting == position
    assert all(found.versions.values())
