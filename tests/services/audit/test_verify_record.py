"""What is kept beside the journal, or made of it, and was changed behind Daybook's back."""

import asyncio
from collections.abc import Iterator
from typing import LiteralString

import pytest
from psycopg.sql import SQL, Literal

from domain.facility import Facility, Room
from domain.identity import Identity
from services.application.forgetting import forget_patient
from services.embedded import Engines
from services.journal.receipts import Receipt
from services.vault import Person
from tests.support.attacked_journal import Attacked, first, seal
from tests.support.backend import Backend, Counts, fresh_backend, thing
from tests.support.small_clinic import ANN, BEN, DEE, FACILITY, MONDAY, PATIENTS, SmallClinic

ROOMS = 220
"""Events of the site: it has two snapshots."""


@pytest.fixture(scope="module")
def sealed(shared_engines: Engines) -> Iterator[Backend]:
    """A small clinic with snapshots, somebody forgotten, a receipt, and a view; all sealed."""
    with fresh_backend(shared_engines) as backend:
        clinic = SmallClinic(backend.journal, vault=backend.vault)
        site = backend.journal.load(Facility.id_of(FACILITY))
        for number in range(ROOMS):
            site.keep_room(clinic.context(), Room("room-1", f"Room {number}", 2))
            backend.journal.save(site)
        keys = backend.vault.begin()
        identities = [
            Identity.start(
                clinic.context(),
                facility_id=FACILITY,
                patient_id=each,
                sealed=keys.seal(each, Person(each, each, each, MONDAY)),
            )
            for each in PATIENTS
        ]
        backend.journal.save(*identities)
        clinic.daybook.handle(clinic.context(), forget_patient, DEE, "asked for it")
        counted = thing()
        counted.count(1)
        counted.count(2)
        receipt = Receipt("oak-street", "command-1", b"digest")
        backend.journal.save(counted, receipt=receipt)
        asyncio.run(_filled(backend))
        seal(backend.database_url)
        backend.journal.close()
        yield backend


async def _filled(backend: Backend) -> None:
    async with backend.supervisor(Counts()) as supervisor:
        await supervisor.caught_up(backend.journal.position())


@pytest.fixture
def attacked(sealed: Backend) -> Iterator[Attacked]:
    with Attacked.open(sealed.database_url, sealed.nats_url) as copy:
        yield copy


def test_what_nobody_changed_is_sound(attacked: Attacked) -> None:
    report = attacked.verify(views=[Counts()])
    assert report.sound, report.faults
    lines = list(report.lines())
    forgotten = f"{Identity.id_of(DEE)}:2"
    assert f"identities         3 open, 1 forgotten ({forgotten})" in lines
    assert "snapshots          2, all worked out again the same" in lines
    assert "receipts           1, each of the events that it names" in lines
    position = attacked.journal.position()
    said = f"view counts        4 rows are what the events make, up to position {position}"
    assert said in lines


# Snapshots


def test_a_snapshot_that_was_edited_is_named(attacked: Attacked) -> None:
    attacked.run(
        "UPDATE journal.journal_snapshots SET state ="
        " convert_to(replace(convert_from(state, 'UTF8'), 'Room 9', 'Room 7'), 'UTF8')"
    )
    faults = attacked.verify().faults
    assert [each.what for each in faults] == ["snapshot"]
    assert faults[0].event == f"{Facility.id_of(FACILITY)}:100"
    assert faults[0].says.endswith("is not what the events make")


def test_a_snapshot_of_a_version_that_no_event_has_is_named(attacked: Attacked) -> None:
    attacked.run(
        "UPDATE journal.journal_snapshots SET originator_version = 5000"
        " WHERE originator_version = 200"
    )
    fault = first(attacked.verify())
    assert fault.event == f"{Facility.id_of(FACILITY)}:5000"
    assert fault.says.endswith("no events make it")


# Receipts


@pytest.mark.parametrize(
    ("positions", "says"),
    [
        ("{}", "names no event"),
        ("{1000000}", "names position 1000000, where there is no event"),
        ("{1}", "at position 1, which is another command's"),
    ],
)
def test_a_forged_receipt_is_found(attacked: Attacked, positions: str, says: str) -> None:
    forged = SQL(
        "INSERT INTO journal.receipts VALUES ('oak-street', 'front-desk:77', '\\x00', {}, NULL)"
    )
    attacked.run(forged.format(Literal(positions)))
    fault = first(attacked.verify())
    assert fault.what == "receipt"
    assert fault.says.startswith("the receipt of front-desk:77 at oak-street")
    assert says in fault.says


def test_a_receipt_that_was_given_to_another_facility_is_found(attacked: Attacked) -> None:
    attacked.run("UPDATE journal.receipts SET facility_id = 'elm-street'")
    report = attacked.verify()
    assert {each.what for each in report.faults} == {"receipt"}
    assert len(report.faults) == 3


# Identities


@pytest.mark.parametrize(
    ("statement", "of", "says"),
    [
        (
            "DELETE FROM vault.patient_keys WHERE patient_id = 'patient-ann'",
            {ANN},
            "has no key any more, and no event says that the person was forgotten",
        ),
        (
            "UPDATE vault.patient_keys k SET wrapped_key = o.wrapped_key FROM vault.patient_keys o"
            " WHERE (k.patient_id, o.patient_id) IN"
            " (('patient-ann', 'patient-ben'), ('patient-ben', 'patient-ann'))",
            {ANN, BEN},
            "does not open with the key that is kept for it: lost, or another's",
        ),
        (
            "INSERT INTO vault.patient_keys SELECT 'patient-dee', wrapped_key FROM"
            " vault.patient_keys WHERE patient_id = 'patient-cal'",
            {DEE},
            "is on record as forgotten, and the key is still there",
        ),
    ],
    ids=["a key is lost", "two keys are swapped", "a key comes back"],
)
def test_a_key_that_is_not_as_the_record_says_is_told(
    attacked: Attacked, statement: LiteralString, of: set[str], says: str
) -> None:
    # Whoever opens the vault destroys a key that came back: here that is before it does.
    assert attacked.vault
    attacked.run(statement)
    faults = attacked.verify().faults
    assert {each.what for each in faults} == {"identity"}
    named = {(each.event or "").rpartition(":")[0] for each in faults}
    assert named == {Identity.id_of(each) for each in of}
    assert all(each.says.endswith(says) for each in faults)


# Read models


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (
            "UPDATE counts.numbers SET number = 9 WHERE number = 2",
            "counts.numbers: the row (2) is not what the events make",
        ),
        ("DELETE FROM counts.seen WHERE number = 2", "counts.seen: the row (2) is not there"),
        (
            "INSERT INTO counts.seen VALUES (7, 1)",
            "counts.seen: the row (7) is there, and no event makes it",
        ),
    ],
)
def test_a_row_of_a_view_that_was_edited_is_named(
    attacked: Attacked, statement: LiteralString, says: str
) -> None:
    attacked.run(statement)
    assert attacked.verify().sound
    report = attacked.verify(views=[Counts()])
    assert [each.says for each in report.faults] == [says]
    assert any("1 of 4 rows are not what the events make" in line for line in report.lines())


def test_a_view_that_is_not_there_was_not_looked_at(attacked: Attacked) -> None:
    attacked.run("DROP SCHEMA counts CASCADE")
    report = attacked.verify(views=[Counts()])
    assert report.sound
    assert "view counts        is not there, or is being made anew" in list(report.lines())


def test_a_view_ahead_of_its_journal_is_a_fault(attacked: Attacked) -> None:
    attacked.run("UPDATE counts.position SET position = position + 10")
    assert first(attacked.verify(views=[Counts()])).what == "row"


def test_a_view_that_cannot_be_filled_again_is_a_fault(attacked: Attacked) -> None:
    attacked.run(
        "UPDATE journal.journal_events SET state ="
        " convert_to(replace(convert_from(state, 'UTF8'), '\"number\":2', '\"number\":-2'), 'UTF8')"
        " WHERE topic = 'thing.counted'"
    )
    faults = attacked.verify(views=[Counts()]).faults
    assert [each.what for each in faults] == ["event", "row"]
    assert faults[1].says.startswith("view counts was not compared: ")
