"""Verifying other trees than the journal's first: other logs, after a restore, by another key."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from services.access.access_log import AccessLog, Entry
from services.access.database import AccessDatabase
from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.policy_file import SealPolicy
from services.audit.notes.signed_note import SignedNote, SigningKey, VerifierKey
from services.audit.sealing.continuing import continue_with
from services.audit.sealing.seal_rotation import rotate_seal_key
from services.audit.sealing.sealing_round import SealingRound, SealSettings
from services.audit.sealing.seen_heads import SeenHead
from services.audit.tree.sealed_logs import JOURNAL
from services.audit.tree.seals import Head
from services.audit.verification import stretches
from services.audit.verification.leaf_check import STRETCH
from services.audit.verification.report import VerifyReport
from services.audit.verification.verification import Verification, VerifyAsked
from services.audit.verification.verify_logs import Against
from services.publishing.outbox import make_tables
from tests.benchmarks.bundles import made_up
from tests.support.attacked_journal import first, given
from tests.support.backend import Backend
from tests.support.sealed import SEED, SealedBackend

SECOND, THIRD = bytes(range(64, 96)), bytes(range(96, 128))


@pytest.fixture
def sealed(backend: Backend, tmp_path: Path) -> SealedBackend:
    return SealedBackend(backend, tmp_path / "seal.heads")


def key_of(head: Head, seed: bytes = SEED) -> VerifierKey:
    return SigningKey.from_bytes(head.origin, seed).verifier


def verify(
    sealed: SealedBackend,
    policy: SealPolicy,
    *held: Head,
    seeds: tuple[bytes, ...] = (),
    **asked: Any,
) -> VerifyReport:
    """Verify by a policy; `seeds` are of the keys that this machine signs with."""
    backend = sealed.backend
    successors = [SigningKey.from_bytes("here", seed).verifier for seed in seeds]
    against = Against(policy, [given(each) for each in held], successors)
    verification = Verification(backend.journal, backend.vault, backend.database_url)
    return verification.run(VerifyAsked(against, **asked))


def said(report: VerifyReport, name: str) -> list[str]:
    return [line for each in report.sections if each.name == name for line in each.says]


# Other logs


def looked(backend: Backend) -> None:
    database = AccessDatabase(backend.database_url)
    person = "ana", "Ana", ("clinician",), "oak-street"
    for what in ("roster", "weeks", "visits"):
        patients = ["patient-b", "patient-a"]
        AccessLog(database).record(
            Entry(*person, what, patients, "treatment", "127.0.0.1", "password")
        )
    database.close()


def test_a_look_that_was_taken_out_of_the_access_log_is_found(sealed: SealedBackend) -> None:
    sealed.backend.count(1)
    looked(sealed.backend)
    (head, *_) = sealed.seal()
    policy = SealPolicy.of_key(key_of(head))
    report = verify(sealed, policy)
    assert report.sound
    assert said(report, "access log")[0].startswith("3 entries, all as sealed; head of ")
    sealed.backend.run("ALTER TABLE access.log DISABLE TRIGGER only_added_to")
    sealed.backend.run("UPDATE access.log SET patient_ids = '{}' WHERE what = 'weeks'")
    fault = first(verify(sealed, policy))
    assert (fault.event, fault.position) == ("access-log:2", 2)
    sealed.backend.run("DELETE FROM access.log WHERE what = 'weeks'")
    fault = first(verify(sealed, policy))
    assert fault.says.startswith("what was sealed at position 2 is not there")


def test_what_was_told_to_others_cannot_be_untold(sealed: SealedBackend) -> None:
    sealed.backend.count(1)
    make_tables(sealed.backend.journal)
    sealed.backend.run(
        "INSERT INTO announcements.outbox"
        " SELECT 'FINDINGS', n, 'finding-' || n, 1, 'finding.turned', '{}' FROM"
        " generate_series(1, 3) AS n"
    )
    (head, *_) = sealed.seal()
    sealed.backend.run("DELETE FROM announcements.outbox WHERE position = 3")
    report = verify(sealed, SealPolicy.of_key(key_of(head)))
    assert [each.position for each in report.faults] == [3]
    assert "3 messages, not all is as it was sealed" in said(report, "findings")[0]


# The stream of heads


def test_an_older_database_shows_beside_the_stream_of_heads(sealed: SealedBackend) -> None:
    sealed.nats = True
    sealed.backend.count(1)
    (head,) = sealed.seal()
    policy = SealPolicy.of_key(key_of(head))
    asked = partial(verify, sealed, policy, nats_url=sealed.backend.nats_url)
    report = asked()
    assert report.sound
    assert report.witnessed == 0  # whoever has the database has the stream as well
    assert said(report, "held") == ["2 (stream HEADS): the log goes on from it"]
    sealed.backend.run("DELETE FROM journal.journal_events WHERE notification_id > 1")
    sealed.backend.run("TRUNCATE seal.heads, seal.tiles CASCADE")
    SealedBackend(sealed.backend).seal()
    assert verify(sealed, policy).sound
    assert "covers 1 event more than are sealed here" in first(asked()).says


# After a restore


def test_a_log_that_went_on_after_a_restore_is_verified_with_the_heads_of_before(
    sealed: SealedBackend,
) -> None:
    sealed.backend.count(1, 2)
    (kept,) = sealed.seal()
    # What another database signed that was lost since.
    key = SigningKey.from_bytes(kept.origin, SEED)
    lost = replace(kept, size=9, root=bytes(32), note=_note(key, 9, bytes(32)))
    seen = [SeenHead.read("in a folder", lost.note)]
    with sealed.connected() as conn:
        settings = SealSettings("clinic.example", sealed.seen)
        sealing = SealingRound(conn, settings, lambda: SEED, lambda: datetime.now(UTC), seen)
        assert continue_with(sealing, JOURNAL, "the disk was lost")
    sealed.backend.count(3)
    (head,) = sealed.seal()
    assert head.origin == f"{kept.origin}.2"
    report = verify(sealed, SealPolicy.of_key(key_of(kept)), kept, lost)
    assert report.sound, report.faults
    assert report.witnessed == kept.size
    assert said(report, "held") == [
        "3 (payer): the log goes on from it",
        "9 (payer): of a tree before a restore, which had more",
    ]
    assert said(report, "restored")[0].endswith("at 3 events: the disk was lost")


def _note(key: SigningKey, size: int, root: bytes) -> str:
    text = Checkpoint(key.name, size, root).text()
    return bytes(SignedNote(text, (key.sign_note(text),))).decode()


# By another key


def rotate(sealed: SealedBackend, new: bytes) -> None:
    old = sealed.seed

    def put_in_place() -> None:
        sealed.seed = new

    settings = SealSettings("clinic.example", sealed.seen)
    rotate_seal_key(
        *(sealed.backend.database_url, settings),
        old=old,
        new=new,
        put_in_place=put_in_place,
        clock=lambda: datetime.now(UTC),
    )


@pytest.fixture
def rotated(sealed: SealedBackend) -> SealedBackend:
    """Heads of 2 and 3 by the first key, of 4 by both, of 5 by the second."""
    for number in range(1, 5):
        sealed.backend.count(number)
        sealed.seal()
        if number == 3:
            rotate(sealed, SECOND)
    return sealed


def newest(sealed: SealedBackend) -> Head:
    head = sealed.newest()
    assert head
    return head


@pytest.mark.parametrize(
    ("known", "here"),
    [
        ((SEED,), (SECOND,)),
        ((SECOND,), ()),
        ((SEED, SECOND), ()),
    ],
    ids=["the first, and that of this machine", "the new one", "both"],
)
def test_heads_are_followed_from_key_to_key(
    rotated: SealedBackend, known: tuple[bytes, ...], here: tuple[bytes, ...]
) -> None:
    head = newest(rotated)
    logs = [SealPolicy.of_key(key_of(head, seed)).logs[0] for seed in known]
    report = verify(rotated, SealPolicy(tuple(logs)), seeds=here)
    assert report.sound, report.faults


def test_a_key_that_no_head_leads_to_does_not_count(rotated: SealedBackend) -> None:
    policy = SealPolicy.of_key(key_of(newest(rotated)))
    assert "the head of 5" in first(verify(rotated, policy)).says
    assert "no key that counts signed it" in first(verify(rotated, policy)).says
    assert not verify(rotated, policy, seeds=(THIRD,)).sound


def test_a_key_that_was_replaced_signs_nothing_more(rotated: SealedBackend) -> None:
    head = newest(rotated)
    forged = _note(SigningKey.from_bytes(head.origin, SEED), head.size, head.root)
    with rotated.connected() as conn:
        conn.execute("UPDATE seal.heads SET note = %s WHERE size = 5", (forged,))
    policy = SealPolicy.of_key(key_of(head))
    fault = first(verify(rotated, policy, seeds=(SECOND,)))
    assert "the head of 5 that is stored here does not count" in fault.says


# On several cores


def test_a_long_log_is_checked_in_stretches_by_several_processes(
    sealed: SealedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretches, "ALONE_UP_TO", 0)
    url = sealed.backend.database_url
    made_up(url, STRETCH + 300)
    sealed.seal()
    head = newest(sealed)
    policy = SealPolicy.of_key(key_of(head))
    told: list[int] = []
    verification = Verification(
        sealed.backend.journal, sealed.backend.vault, url, lambda _, done, __: told.append(done)
    )
    with psycopg.connect(url) as conn:
        report = verification.run(VerifyAsked(Against(policy, [given(head)])))
        assert report.sound, report.faults
        assert told[:2] == [STRETCH, STRETCH + 300]
        # One from the first stretch stands in the place of one of the second.
        conn.execute(
            "UPDATE journal.journal_events SET notification_id = -notification_id"
            " WHERE notification_id IN (200, 65600)"
        )
        conn.execute(
            "UPDATE journal.journal_events SET notification_id = 65800 + notification_id"
            " WHERE notification_id < 0"
        )
        conn.execute("UPDATE seal.tiles SET hashes = '' WHERE level = 2")
        conn.commit()
        report = verification.run(VerifyAsked(Against(policy, [given(head)])))
    faults = [(each.what, each.position, each.sure) for each in report.faults]
    assert faults == [("event", 200, True), ("event", 65600, True), ("tree", None, False)]
    assert report.faults[2].says == "tile 0 of level 2 has not the roots below it"
    assert first(report).says.startswith("session-")
    assert "was sealed at position 200 and stands at 65600" in first(report).says
