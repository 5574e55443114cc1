"""Timestamps by an outside authority, which is `openssl ts` here, asked over HTTP."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.api.server import Listen, serving
from services.audit.bundles.verify_bundle import verify_bundle
from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.policy_file import SealPolicy
from services.audit.notes.signed_note import SignedNote
from services.audit.tree.seals import Head, Seals
from services.audit.witnesses.timestamp import (
    AuthorityUnreadable,
    TimestampUnsound,
    check_timestamp,
    question_for,
    read_authorities,
    stamped_at,
)
from services.audit.witnesses.timestamping import TimestampAuthority
from services.embedded import Engines
from tests.support.backend import Backend
from tests.support.sealed import SealedBackend
from tests.support.sealed_journal import EARLIER, SealedClinic, sealed_clinic
from tests.support.timestamp_authority import Authority, authority_at, made_in

pytest.importorskip("rfc3161_client")


@pytest.fixture(scope="module")
def clinic(
    shared_engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SealedClinic]:
    with sealed_clinic(shared_engines, tmp_path_factory.mktemp("clinic")) as made:
        yield made


TEXT = Checkpoint("clinic.example/1", 3, bytes(32)).text()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return made_in(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def sealed(backend: Backend, tmp_path: Path) -> SealedBackend:
    return SealedBackend(backend, tmp_path / "seal.heads")


def is_now(at: datetime) -> bool:
    return abs(datetime.now(UTC) - at) < timedelta(minutes=5)


def test_a_timestamp_of_a_head_is_checked_against_who_is_trusted(authority: Authority) -> None:
    asked = question_for(TEXT)
    token = authority.stamp(asked.request)
    at = check_timestamp(token, TEXT, read_authorities(authority.ca))
    assert is_now(at)
    assert stamped_at(token, TEXT, asked.nonce) == at


def test_openssl_accepts_it_for_the_three_lines_of_the_head(
    authority: Authority, tmp_path: Path
) -> None:
    text, response = tmp_path / "text", tmp_path / "head.tsr"
    text.write_text(TEXT)
    response.write_bytes(authority.stamp(question_for(TEXT).request))
    said = authority.openssl("-verify", "-data", text, "-in", response, "-CAfile", authority.ca)
    assert "Verification: OK" in said


def test_a_timestamp_of_an_authority_that_is_not_trusted_counts_for_nothing(
    authority: Authority, tmp_path: Path
) -> None:
    other = made_in(tmp_path / "other")
    token = other.stamp(question_for(TEXT).request)
    assert check_timestamp(token, TEXT, read_authorities(other.ca))
    with pytest.raises(TimestampUnsound, match="no trusted authority"):
        check_timestamp(token, TEXT, read_authorities(authority.ca))


def test_a_timestamp_of_something_else_is_told_apart(authority: Authority) -> None:
    trusted = read_authorities(authority.ca)
    asked = question_for(TEXT)
    token = authority.stamp(asked.request)
    with pytest.raises(TimestampUnsound, match="something else"):
        check_timestamp(token, TEXT.replace("3", "4"), trusted)
    with pytest.raises(TimestampUnsound, match="another request"):
        stamped_at(token, TEXT, asked.nonce + 1)


def test_an_altered_timestamp_is_refused(authority: Authority) -> None:
    trusted = read_authorities(authority.ca)
    token = authority.stamp(question_for(TEXT).request)
    year = token.index(b"\x18\x0f20") + 5
    backdated = token[:year] + b"0" + token[year + 1 :]
    assert stamped_at(backdated, TEXT).year == 2020
    with pytest.raises(TimestampUnsound, match="no trusted authority"):
        check_timestamp(backdated, TEXT, trusted)
    with pytest.raises(TimestampUnsound):
        check_timestamp(token[:-1], TEXT, trusted)
    with pytest.raises(TimestampUnsound, match="RFC 3161"):
        check_timestamp(b"<html>", TEXT, trusted)


def test_a_response_that_grants_nothing_is_no_timestamp(authority: Authority) -> None:
    """It is asked to stamp by a hash that it does not know."""
    sha256, unknown = (bytes.fromhex(f"60864801650304020{each}") for each in (1, 9))
    refused = authority.stamp(question_for(TEXT).request.replace(sha256, unknown))
    with pytest.raises(TimestampUnsound, match="gave no timestamp"):
        stamped_at(refused, TEXT)


def test_a_file_without_a_root_is_no_file_of_authorities(
    authority: Authority, tmp_path: Path
) -> None:
    assert len(read_authorities(authority.ca)) == 1
    with pytest.raises(AuthorityUnreadable, match="no root"):
        read_authorities(authority.folder / "tsa.pem")
    with pytest.raises(AuthorityUnreadable, match="in PEM"):
        read_authorities(authority.folder / "serial")
    with pytest.raises(AuthorityUnreadable, match="in PEM"):
        read_authorities(tmp_path / "nowhere")


def stamps(sealed: SealedBackend) -> list[tuple[int, str, bytes, datetime]]:
    with sealed.connected() as conn:
        return conn.execute(
            "SELECT size, authority, token, at FROM seal.timestamps ORDER BY size"
        ).fetchall()


async def seal(sealed: SealedBackend, url: str) -> list[Head]:
    sealed.witnesses = [TimestampAuthority(sealed.backend.database_url, url)]
    return await sealed.sealer().seal_once()


async def test_the_newest_head_is_stamped_once_a_day(
    sealed: SealedBackend, authority: Authority
) -> None:
    async with authority_at(authority) as url:
        sealed.backend.count(1)
        [head] = await seal(sealed, url)
        [(size, host, token, at)] = stamps(sealed)
        assert (size, host) == (2, "127.0.0.1")
        text = SignedNote.parse(head.note.encode()).text
        assert check_timestamp(token, text, read_authorities(authority.ca)) == at
        sealed.backend.count(2)
        await seal(sealed, url)
        assert len(stamps(sealed)) == 1
        with sealed.connected() as conn:
            conn.execute("UPDATE seal.timestamps SET at = at - interval '1 day'")
        sealed.backend.count(3)
        await seal(sealed, url)
        assert [each[0] for each in stamps(sealed)] == [2, 4]
        with sealed.connected() as conn:
            conn.execute("UPDATE seal.timestamps SET at = at - interval '2 days'")
        await seal(sealed, url)
        assert len(stamps(sealed)) == 2, "a day without news needs no timestamp"


@pytest.mark.parametrize("answer", [b"<html>", b"a" * 100_000, None])
async def test_an_authority_that_answers_nothing_of_use_stops_nothing(
    sealed: SealedBackend, answer: bytes | None
) -> None:
    asked = []

    async def odd(request: Request) -> Response:
        asked.append(await request.body())
        return Response(b"", 500) if answer is None else Response(answer)

    app = Starlette(routes=[Route("/", odd, methods=["POST"])])
    async with serving(app, Listen("127.0.0.1", 0)) as url:
        sealed.backend.count(1)
        [_] = await seal(sealed, url)
    assert len(asked) == 1, "it is asked again in ten minutes, and of no other log before"
    assert stamps(sealed) == []


async def test_a_timestamp_of_another_head_is_not_kept(
    sealed: SealedBackend, authority: Authority
) -> None:
    async def other(_: Request) -> Response:
        return Response(await asyncio.to_thread(authority.stamp, question_for(TEXT).request))

    app = Starlette(routes=[Route("/", other, methods=["POST"])])
    async with serving(app, Listen("127.0.0.1", 0)) as url:
        sealed.backend.count(1)
        await seal(sealed, url)
    assert stamps(sealed) == []


# What verification says of them


def stamp(clinic: SealedClinic, authority: Authority, size: int, of: str | None = None) -> None:
    """Have the head of a size stamped, or another text in its place."""
    with psycopg.connect(clinic.backend.database_url) as conn:
        head = next(each for each in Seals(conn).heads() if each.size == size)
        text = of or SignedNote.parse(head.note.encode()).text
        conn.execute(
            "INSERT INTO seal.timestamps (origin, size, authority, token, at)"
            " VALUES (%s, %s, 'tsa.example', %b, now()) ON CONFLICT (origin, size, authority)"
            " DO UPDATE SET token = excluded.token",
            (head.origin, size, authority.stamp(question_for(text).request)),
        )


def test_stamped_heads_are_told_and_what_is_older_than_its_stamp_says(
    clinic: SealedClinic, authority: Authority, tmp_path: Path
) -> None:
    """The invented clinic's events say the past: those after a head that is stamped today."""
    stamp(clinic, authority, EARLIER)
    words = ("audit", "verify", "--key", str(clinic.vkey), "--timestamp-ca")
    done = clinic.daybook(*words, authority.ca)
    assert done.returncode == 0, done.stdout
    [line] = [each for each in done.stdout.splitlines() if each.startswith("timestamps")]
    assert f"1; the newest: the first {EARLIER:,} were there at " in line
    assert line.endswith(" UTC, says tsa.example")
    assert "comes after the head that was stamped at" in done.stdout
    for said in ("timestamps", "stamped"):
        assert said not in clinic.daybook(*words[:-1]).stdout
    for code, ca in ((1, made_in(tmp_path / "other").ca), (2, tmp_path / "nowhere")):
        assert clinic.daybook(*words, ca).returncode == code


def test_stamped_heads_are_told_of_a_bundle(clinic: SealedClinic, authority: Authority) -> None:
    stamp(clinic, authority, EARLIER)
    stamp(clinic, authority, clinic.head.size)
    trusted, policy = read_authorities(authority.ca), SealPolicy.of_key(clinic.vkey)
    for name, more in (("stamped", ()), ("stamped-part", ("--patient", "J01"))):
        bundle = clinic.exported(name, *more)
        report = verify_bundle(bundle, policy, trusted=trusted)
        assert report.sound
        [section] = [each for each in report.sections if each.name == "timestamps"]
        assert section.says[0].startswith(
            f"2; the newest: the first {clinic.head.size:,} were there at "
        )
        assert len(section.says) == (2 if more else 1), "a part does not give the earlier root"
        for text in (bundle / "timestamps").glob("*.text"):
            [response] = (bundle / "timestamps").glob(f"{text.stem}.*.tsr")
            files = ("-data", text, "-in", response, "-CAfile", authority.ca)
            assert "OK" in authority.openssl("-verify", *files)


def test_a_timestamp_of_another_head_is_a_fault(clinic: SealedClinic, authority: Authority) -> None:
    """As where a stolen key signed another history of the same size."""
    stamp(clinic, authority, clinic.head.size)
    stamp(clinic, authority, EARLIER, Checkpoint(clinic.key.name, EARLIER, bytes(32)).text())
    words = ("audit", "verify", "--key", str(clinic.vkey), "--timestamp-ca", authority.ca)
    done = clinic.daybook(*words)
    assert done.returncode == 1
    said = f"the timestamp of {EARLIER:,} by tsa.example does not count: it is a timestamp of"
    assert said in done.stdout
    bundle = clinic.exported("stamped-otherwise")
    trusted = read_authorities(authority.ca)
    report = verify_bundle(bundle, SealPolicy.of_key(clinic.vkey), trusted=trusted)
    assert [each.says.partition(" by ")[0] for each in report.faults] == [
        f"the timestamp of {EARLIER:,}"
    ]
