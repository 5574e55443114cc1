"""What whoever holds the database can do to the record, and what finds it."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from random import Random
from typing import LiteralString

import pytest
from psycopg.sql import SQL, Literal

from services.audit.tree.seals import TILE
from services.audit.verification import leaf_check
from services.embedded import Engines
from services.journal import Journal
from services.messaging import stream
from tests.support.attacked_journal import SEED, Attacked, copied, first, given, seal
from tests.support.backend import Backend, fresh_database

OTHER_SEED = bytes(reversed(SEED))


@pytest.fixture(scope="module")
def before(shared_engines: Engines) -> Iterator[Backend]:
    """A journal of 407 events, under heads of 198 and of all."""
    with fresh_database(shared_engines) as backend:
        for count in (28, 30):
            # Positions skip where a transaction was rolled back.
            backend.run("SELECT nextval('journal.journal_events_notification_id_seq')")
            _record(backend, count)
            seal(backend.database_url)
        _ = backend.vault
        backend.journal.close()
        yield backend


@pytest.fixture(scope="module")
def sealed(before: Backend) -> Iterator[Backend]:
    """The same one later: 616 events under three heads."""
    with copied(before.database_url) as url, closing(Journal(url, pool_size=2)) as journal:
        later = Backend(url, before.nats_url, journal)
        _record(later, 30)
        seal(url)
        journal.close()
        yield later


def _record(backend: Backend, count: int) -> None:
    for number in range(7):
        of = f"thing-{number % 3}"
        backend.count(*range(number, number + count - (number == 0)), of=of)


@pytest.fixture
def attacked(sealed: Backend) -> Iterator[Attacked]:
    with Attacked.open(sealed.database_url, sealed.nats_url) as copy:
        yield copy


@pytest.fixture
async def streams(attacked: Attacked) -> None:
    await stream.delete_stream(attacked.nats_url)


UPDATE: LiteralString = (
    "UPDATE journal.journal_events SET state = state || ' '::bytea WHERE notification_id = 300"
)


def test_an_untouched_journal_verifies(attacked: Attacked) -> None:
    middle = attacked.heads[1]
    report = attacked.verify(given(middle))
    assert report.sound, report.faults
    assert (report.size, report.witnessed) == (616, 407)
    lines = list(report.lines())
    assert lines[0].startswith("journal            616 events, all as sealed; head of 2026-11-29")
    assert "held               407 (payer): the log goes on from it" in lines
    assert "not yet witnessed  209 events after 407" in lines


def test_as_much_has_to_be_witnessed_as_is_asked_for(attacked: Attacked) -> None:
    middle = attacked.heads[1]
    assert attacked.verify(given(middle), at_least=middle.size).sound
    report = attacked.verify(given(middle), at_least=middle.size + 1)
    assert (report.faults, report.sound) == ([], False)
    assert list(report.lines())[-1] == "407 leaves are witnessed, and 408 were asked for"


# What the database alone shows, given a verifier key from outside


class Change:
    """A change of one event, or of two, and what has to be said of it."""

    def __init__(self, *statements: LiteralString, at: int, says: str, named: bool = True) -> None:
        self.statements = statements
        self.at = at
        self.says = says
        self.named = named


CHANGES = {
    "update": Change(
        "UPDATE journal.journal_events SET state = state || ' '::bytea WHERE notification_id = 300",
        at=300,
        says="{name} at position 300 is not as it was sealed",
    ),
    "update of the last bit": Change(
        "UPDATE journal.journal_events SET state = set_bit(state, 5, 1 - get_bit(state, 5))"
        " WHERE notification_id = 300",
        at=300,
        says="{name} at position 300 is not as it was sealed",
    ),
    "another topic": Change(
        "UPDATE journal.journal_events SET topic = 'thing.named' WHERE notification_id = 300",
        at=300,
        says="{name} at position 300 is not as it was sealed",
    ),
    "delete": Change(
        "DELETE FROM journal.journal_events WHERE notification_id = 300",
        at=300,
        says="what was sealed at position 300 is not there",
    ),
    "swap": Change(
        "UPDATE journal.journal_events SET notification_id = -notification_id"
        " WHERE notification_id IN (300, 301)",
        "UPDATE journal.journal_events SET notification_id = 601 + notification_id"
        " WHERE notification_id < 0",
        at=300,
        says="{name} was sealed at position 300 and stands at 301",
    ),
    "renumber": Change(
        "UPDATE journal.journal_events SET notification_id = 5000 WHERE notification_id = 300",
        at=300,
        says="{name} was sealed at position 300 and stands at 5000",
    ),
    "truncate": Change(
        "TRUNCATE journal.journal_events",
        at=2,
        says="what was sealed at position 2 is not there",
        named=False,
    ),
    "cut the sealed tail": Change(
        "DELETE FROM journal.journal_events WHERE notification_id > 500",
        at=501,
        says="what was sealed at position 501 is not there",
        named=False,
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("held", [False, True], ids=["held here only", "held elsewhere"])
def test_a_change_is_found_and_the_first_wrong_event_is_named(
    attacked: Attacked, change: Change, *, held: bool
) -> None:
    name = attacked.name_at(change.at)
    attacked.run(*change.statements)
    report = attacked.verify(*([given(attacked.heads[-1])] if held else []))
    fault = first(report)
    assert fault.position == change.at
    assert fault.event == (name if change.named else None)
    assert change.says.format(name=name) in fault.says
    assert fault.sure is held
    sizes = [None, *(head.size for head in attacked.heads)]
    after = next(size for size in sizes if size and size >= change.at)
    assert fault.between == (sizes[sizes.index(after) - 1], after)


def test_no_bit_of_an_event_can_be_flipped_unseen(attacked: Attacked) -> None:
    # Of some events PostgreSQL would refuse what is no JSON any more.
    attacked.run("DROP FUNCTION journal.said CASCADE")
    chance = Random(20261129)
    for _ in range(12):
        position = chance.choice([2, 199, 201, 257, 258, 400, 618, chance.randrange(202, 618)])
        [(length,)] = attacked.rows(
            "SELECT 8 * length(state) FROM journal.journal_events WHERE notification_id = %s",
            position,
        )
        flip = SQL(
            "UPDATE journal.journal_events SET state = set_bit(state, {bit}, 1 - get_bit(state,"
            " {bit})) WHERE notification_id = {position}"
        ).format(bit=Literal(chance.randrange(length)), position=Literal(position))
        attacked.run(flip)
        assert [each.position for each in attacked.verify().faults if each.what == "event"] == [
            position
        ]
        attacked.run(flip)
    assert attacked.verify().sound


WITHOUT_CONSTRAINTS: tuple[LiteralString, ...] = (
    "ALTER TABLE journal.journal_events DROP CONSTRAINT journal_events_pkey",
    "DROP INDEX journal.journal_events_notification_id_idx",
    "ALTER TABLE journal.journal_events ALTER notification_id DROP IDENTITY IF EXISTS",
    "ALTER TABLE journal.journal_events ALTER notification_id DROP NOT NULL",
)


@pytest.mark.parametrize("position", ["NULL", "-9223372036854775808"])
def test_an_event_where_none_can_stand_is_found(attacked: Attacked, position: str) -> None:
    attacked.run(*WITHOUT_CONSTRAINTS, SQL(FORGED).format(SQL(position)))
    fault = first(attacked.verify())
    assert fault.what == "event"
    assert "1 event more than have a position of their own" in fault.says


def test_a_namesake_of_the_last_row_of_a_page_is_found(
    attacked: Attacked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaf_check, "PAGE", TILE)
    last = attacked.rows(
        "SELECT notification_id FROM journal.journal_events ORDER BY 1 OFFSET 255 LIMIT 1"
    )
    attacked.run(*WITHOUT_CONSTRAINTS, SQL(FORGED).format(Literal(last[0][0])))
    assert first(attacked.verify()).what == "event"


def test_an_event_that_was_moved_is_told_once(attacked: Attacked) -> None:
    name = attacked.name_at(300)
    attacked.run(
        "UPDATE journal.journal_events SET notification_id = 200 WHERE notification_id = 300"
    )
    report = attacked.verify()
    assert [each.event for each in report.faults] == [name]
    assert f"{name} was sealed at position 300 and stands at 200" in first(report).says


FORGED: LiteralString = """
    INSERT INTO journal.journal_events
        (notification_id, originator_id, originator_version, topic, state)
    OVERRIDING SYSTEM VALUE
    SELECT {}, 'thing-forged', 1, topic, state FROM journal.journal_events
    WHERE notification_id = 2
"""


@pytest.mark.parametrize("position", [0, -(2**63) + 1, 200], ids=["zero", "below", "a gap"])
def test_an_insertion_where_no_event_was_is_found(attacked: Attacked, position: int) -> None:
    attacked.run(SQL(FORGED).format(Literal(position)))
    fault = first(attacked.verify(given(attacked.heads[-1])))
    assert (fault.event, fault.position, fault.sure) == ("thing-forged:1", position, True)
    assert "thing-forged:1" in fault.says
    assert "was put in after it was sealed" in fault.says


# What the end of the log shows only to who keeps up with it


def test_what_follows_the_last_head_is_not_found_to_be_changed(attacked: Attacked) -> None:
    attacked.record(5)
    attacked.run(
        "DELETE FROM journal.journal_events WHERE notification_id > 620",
        SQL(FORGED).format(Literal(700)),
    )
    report = attacked.verify(given(attacked.heads[-1]))
    assert report.sound
    assert "not sealed yet: 3 events after that head" in "\n".join(report.lines())


@pytest.mark.usefixtures("streams")
async def test_the_stream_shows_what_was_cut_off_and_what_was_appended(attacked: Attacked) -> None:
    name = attacked.record(3)
    await attacked.publish()
    attacked.run(
        "DELETE FROM journal.journal_events WHERE notification_id = 621",
        SQL(FORGED).format(Literal(700)),
    )
    report = await asyncio.to_thread(attacked.verify, nats_url=attacked.nats_url)
    faults = [(each.what, each.event, each.position) for each in report.faults]
    assert faults == [("message", name, 621)]
    assert "is of an event that the journal does not have" in first(report).says
    assert "not in it yet: 1 event" in "\n".join(report.lines())


# What was made anew


def test_a_tree_that_was_made_anew_without_the_key_is_found(attacked: Attacked) -> None:
    attacked.run(UPDATE)
    attacked.seal_anew(seed=OTHER_SEED)
    fault = first(attacked.verify())
    assert fault.what == "head"
    assert "the head of 616 that is stored here does not count" in fault.says
    held = first(attacked.verify(given(attacked.heads[1])))
    assert (held.what, held.sure, held.between) == ("event", True, (None, 407))


def test_leaves_that_were_made_to_fit_the_events_do_not_fit_the_heads(attacked: Attacked) -> None:
    """Between which heads shows; which event does not."""
    attacked.run(
        "CREATE TABLE kept AS SELECT * FROM seal.heads",
        UPDATE,
    )
    attacked.seal_anew()
    attacked.run("TRUNCATE seal.heads CASCADE", "INSERT INTO seal.heads SELECT * FROM kept")
    fault = first(attacked.verify())
    assert (fault.what, fault.event, fault.between) == ("event", None, (198, 407))
    assert "one or more of the events 199 to 407 are not as the head of 407 has them" in fault.says
    assert "the tree here was made to fit them" in fault.says


def test_a_leaf_that_was_changed_is_told_apart_from_an_event(attacked: Attacked) -> None:
    attacked.run(
        "UPDATE seal.tiles SET hashes = set_byte(hashes, 320, 255 - get_byte(hashes, 320))"
        " WHERE level = 0 AND number = 1"
    )
    report = attacked.verify()
    assert {each.what for each in report.faults} == {"tree"}
    assert "which is as it was sealed" in first(report).says
    assert first(report).event == attacked.name_at(first(report).position or 0)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("DELETE FROM seal.tiles WHERE number = 1", "tile 1 of the leaves is missing"),
        ("UPDATE seal.tiles SET positions = positions[2:]", "tile 0 of the leaves is not whole"),
        (
            "UPDATE seal.tiles SET hashes = '' WHERE level = 1",
            "tile 0 of level 1 has not the roots",
        ),
    ],
)
def test_what_is_wrong_with_tiles_is_said_of_them(
    attacked: Attacked, statement: LiteralString, says: str
) -> None:
    attacked.run(statement)
    report = attacked.verify(given(attacked.heads[-1]))
    assert {each.what for each in report.faults} == {"tree"}
    assert says in first(report).says


def test_what_a_thief_of_the_key_made_anew_is_found_by_a_head_held_elsewhere(
    attacked: Attacked,
) -> None:
    attacked.run(UPDATE)
    attacked.seal_anew()
    assert attacked.verify().sound
    middle = first(attacked.verify(given(attacked.heads[1])))
    assert (middle.what, middle.sure, middle.between) == ("event", True, (None, 407))
    report = attacked.verify(given(attacked.heads[2]))
    assert "two heads of 616 are signed and differ (here, payer)" in report.faults[1].says


def test_a_database_that_was_set_back_is_found_by_a_head_held_elsewhere(
    before: Backend, attacked: Attacked
) -> None:
    with Attacked.open(before.database_url, before.nats_url) as back:
        assert back.verify(given(attacked.heads[1])).sound
        fault = first(back.verify(given(attacked.heads[2])))
    assert (fault.what, fault.sure, fault.between) == ("event", True, (407, 616))
    assert "covers 209 events more than are sealed here" in fault.says


def test_a_head_that_was_deleted_is_missed_by_who_holds_it(attacked: Attacked) -> None:
    attacked.run("DELETE FROM seal.heads WHERE size = 407")
    assert attacked.verify().sound
    report = attacked.verify(given(attacked.heads[1]))
    said = "the log goes on from it, and the head itself is not here any more"
    assert f"held               407 (payer): {said}" in list(report.lines())
    # Of all that was proved by it nothing is lost.
    assert report.sound


def test_the_newest_head_cannot_be_deleted_unseen(attacked: Attacked) -> None:
    attacked.run("DELETE FROM seal.heads WHERE size = 616")
    assert "none covers what is stored here after 407" in first(attacked.verify()).says


@pytest.mark.parametrize("held", [False, True])
def test_seals_that_were_dropped_leave_nothing_sound(attacked: Attacked, *, held: bool) -> None:
    attacked.run(UPDATE, "DROP SCHEMA seal CASCADE")
    fault = first(attacked.verify(*([given(attacked.heads[2])] if held else [])))
    if held:
        assert (fault.what, fault.sure, fault.between) == ("event", True, (None, 616))
    else:
        assert "nothing of it was ever sealed" in fault.says


def test_who_dropped_the_seals_and_changed_nothing_is_cleared_by_a_head(attacked: Attacked) -> None:
    attacked.run("DROP SCHEMA seal CASCADE")
    report = attacked.verify(given(attacked.heads[2]))
    assert report.sound
    assert report.witnessed == 616


# Time


def test_an_event_that_was_dated_back_shows_in_the_order_of_time(attacked: Attacked) -> None:
    at = datetime(2024, 3, 3, 17, tzinfo=UTC)
    name = attacked.record(1, at=at)
    seal(attacked.database_url)
    report = attacked.verify()
    assert report.sound
    said = f"record time        goes back once: {name} at position 619, by 365 days"
    assert said in list(report.lines())


# The stream


@pytest.mark.usefixtures("streams")
async def test_a_forged_message_in_the_middle_of_the_stream_is_found(attacked: Attacked) -> None:
    await attacked.publish()
    whole = await asyncio.to_thread(attacked.verify, nats_url=attacked.nats_url)
    assert "stream             the same (616 messages)" in list(whole.lines())
    await attacked.republish(300)
    report = await asyncio.to_thread(attacked.verify, nats_url=attacked.nats_url)
    fault = first(report)
    assert (fault.what, fault.position) == ("message", 302)
    assert fault.event == attacked.name_at(302)
    assert "stream             not as the journal is: 1 of 616 messages" in report.lines()


@pytest.mark.usefixtures("streams")
async def test_a_message_that_was_deleted_is_found(attacked: Attacked) -> None:
    await attacked.publish()
    async with stream.connected(attacked.nats_url, "test") as client:
        await client.jetstream().delete_msg(stream.NAME, 300)
    report = await asyncio.to_thread(attacked.verify, nats_url=attacked.nats_url)
    fault = first(report)
    assert (fault.what, fault.event) == ("message", attacked.name_at(302))
    assert fault.says.startswith("no message has the event")
