"""Who is signed in and which tokens are good: found, expired, ended, and kept as hashes alone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from services.access.grants import grant_of
from services.access.principal import Grant, Principal, Role
from services.access.refusals import AccessRefused, NameTaken, NoSuchAccount, TokenUnsound
from services.access.store import AccessStore, open_access
from tests.support.backend import PATIENCE, Backend, ManualClock

ANA = grant_of("counselor:oak-street:s-diaz")
SCOPES = {"session.check-in", "session.check-out"}


@pytest.fixture
def ana(store: AccessStore) -> str:
    """The token of somebody who is signed in."""
    store.accounts.add("ana", "Ana Diaz", [ANA])
    return store.sessions.begin("ana", "password", "treatment", "192.0.2.1")


def kiosk(store: AccessStore, name: str = "kiosk-1", days: int = 30) -> str:
    return store.tokens.make(
        name, facility_id="oak-street", scopes=SCOPES, days=days, role=Role.KIOSK
    )


def test_a_session_says_who_signed_in_why_and_from_where(store: AccessStore, ana: str) -> None:
    found = store.sessions.find(ana)
    assert found is not None
    assert found.principal == Principal("ana", "Ana Diaz", (ANA,), "password")
    assert (found.purpose, found.address) == ("treatment", "192.0.2.1")
    assert found.must_change
    assert store.sessions.find("another token") is None
    assert store.sessions.find("") is None


def test_a_session_that_is_idle_ends(store: AccessStore, ana: str, clock: ManualClock) -> None:
    clock.move(minutes=29)
    assert store.sessions.find(ana)
    clock.move(minutes=29)
    assert store.sessions.find(ana), "its use did not count"
    clock.move(minutes=30)
    assert store.sessions.find(ana) is None
    assert store.sessions.all() == []


def test_a_session_ends_after_twelve_hours_however_it_is_used(
    store: AccessStore, ana: str, clock: ManualClock
) -> None:
    for _ in range(35):
        clock.move(minutes=20)
        assert store.sessions.find(ana)
    clock.move(minutes=20)
    assert store.sessions.find(ana) is None


def test_a_site_says_after_how_long_a_session_is_idle(backend: Backend, clock: ManualClock) -> None:
    with open_access(backend.database_url, idle=timedelta(minutes=5), clock=clock) as store:
        store.accounts.add("ana", "Ana Diaz", [ANA])
        token = store.sessions.begin("ana", "password", "treatment", "192.0.2.1")
        clock.move(minutes=5)
        assert store.sessions.find(token) is None


def test_its_use_is_written_once_a_minute(
    store: AccessStore, ana: str, clock: ManualClock, backend: Backend
) -> None:
    def written() -> object:
        return backend.rows("SELECT xmin::text, used_at FROM access.sessions")

    before = written()
    clock.move(seconds=59)
    assert store.sessions.find(ana)
    assert written() == before
    clock.move(seconds=1)
    assert store.sessions.find(ana)
    assert written() != before


def test_one_session_ends_or_all_of_an_account(store: AccessStore, ana: str) -> None:
    store.accounts.add("ben", "Ben Poe", [grant_of("director:oak-street")])
    other, ben = (
        store.sessions.begin(each, "password", "operations", "192.0.2.2") for each in ("ana", "ben")
    )
    assert len(store.sessions.all()) == 3
    assert {each.principal.account for each in store.sessions.all("ana")} == {"ana"}
    assert store.sessions.end(ana)
    assert not store.sessions.end(ana)
    assert store.sessions.find(ana) is None
    assert store.sessions.find(other)
    assert store.sessions.revoke_all("ana") == 1
    assert store.sessions.find(other) is None
    found = store.sessions.find(ben)
    assert found
    assert store.sessions.revoke(found.session_id)
    assert not store.sessions.revoke(found.session_id)
    assert store.sessions.find(ben) is None


def test_sessions_that_are_over_are_deleted(
    store: AccessStore, ana: str, clock: ManualClock, backend: Backend
) -> None:
    clock.move(minutes=31)
    store.sessions.begin("ana", "password", "treatment", "192.0.2.1")
    assert backend.rows("SELECT count(*) FROM access.sessions") == [(1,)]
    assert store.sessions.find(ana) is None


def test_whoever_signs_in_waits_for_nobody_who_ends_another_session(
    store: AccessStore, ana: str, clock: ManualClock, backend: Backend
) -> None:
    assert ana
    clock.move(minutes=31)
    with psycopg.connect(backend.database_url) as other:
        other.execute("DELETE FROM access.sessions")
        with ThreadPoolExecutor(1) as thread:
            begun = thread.submit(store.sessions.begin, "ana", "password", "treatment", "-")
            token = begun.result(PATIENCE)
        other.rollback()
    assert store.sessions.find(token)


def test_nobody_signs_in_who_has_no_account_or_for_no_purpose(store: AccessStore, ana: str) -> None:
    assert ana
    with pytest.raises(NoSuchAccount):
        store.sessions.begin("ben", "password", "treatment", "192.0.2.1")
    with pytest.raises(AccessRefused, match="treatment, payment, operations, audit"):
        store.sessions.begin("ana", "password", "curiosity", "192.0.2.1")  # type: ignore[arg-type]


def test_a_token_is_good_for_what_it_names_at_its_facility(store: AccessStore) -> None:
    token = kiosk(store)
    assert token.startswith("dbk_")
    assert store.tokens.find(token) == Principal(
        "kiosk-1", "kiosk-1", (Grant(Role.KIOSK, "oak-street"),), "token", frozenset(SCOPES)
    )
    assert store.tokens.find(f"{token}x") is None
    assert store.tokens.find(token.removeprefix("dbk_")) is None


def test_a_token_expires_and_can_be_made_again(store: AccessStore, clock: ManualClock) -> None:
    token = kiosk(store, days=1)
    clock.move(hours=24, seconds=-1)
    assert store.tokens.find(token)
    with pytest.raises(NameTaken):
        kiosk(store)
    clock.move(seconds=1)
    assert store.tokens.find(token) is None
    assert not store.tokens.revoke("kiosk-1")
    again = kiosk(store)
    assert store.tokens.find(again)
    assert store.tokens.find(token) is None


def test_a_token_that_is_revoked_opens_nothing(store: AccessStore) -> None:
    token = kiosk(store)
    assert store.tokens.revoke("kiosk-1")
    assert not store.tokens.revoke("kiosk-1")
    assert store.tokens.find(token) is None
    assert store.tokens.find(kiosk(store))
    assert {each.revoked_at is None for each in store.tokens.all()} == {True, False}


def test_it_shows_when_a_token_was_used_last(store: AccessStore, clock: ManualClock) -> None:
    token = kiosk(store)
    assert store.tokens.all()[0].used_at is None
    first = clock.move(hours=1)
    store.tokens.find(token)
    clock.move(seconds=59)
    store.tokens.find(token)
    assert store.tokens.all()[0].used_at == first
    later = clock.move(seconds=1)
    store.tokens.find(token)
    assert store.tokens.all()[0].used_at == later


def test_an_account_and_a_token_have_different_names(store: AccessStore, ana: str) -> None:
    assert ana
    kiosk(store)
    with pytest.raises(NameTaken, match="there is an account 'ana' already"):
        kiosk(store, "ana")
    with pytest.raises(NameTaken, match="there is a token 'kiosk-1' already"):
        store.accounts.add("kiosk-1", "Kiosk", [grant_of("kiosk:oak-street")])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": "Kiosk 1"}, "the token's name is not"),
        ({"scopes": ()}, "name at least one"),
        ({"days": 0}, "not within 1 to 400"),
        ({"days": 401}, "not within 1 to 400"),
        ({"role": Role.DIRECTOR}, "service, kiosk"),
        ({"scopes": ("session.check-inn",)}, "'session.check-inn' is no command"),
        ({"scopes": ("weeks", "accounts")}, "accounts is nothing that a service may"),
        ({"scopes": ("weeks",), "role": Role.KIOSK}, "weeks is nothing that a kiosk may"),
        ({"facility_id": "oak street"}, "the facility id is not"),
    ],
)
def test_a_token_that_is_unsound_is_refused(
    store: AccessStore, wrong: dict[str, object], says: str
) -> None:
    asked: dict[str, object] = {
        "name": "kiosk-1",
        "facility_id": "oak-street",
        "scopes": SCOPES,
        "days": 30,
    }
    asked |= wrong
    with pytest.raises(TokenUnsound, match=says):
        store.tokens.make(str(asked.pop("name")), **asked)  # type: ignore[arg-type]
    assert store.tokens.all() == []


def test_of_passwords_and_tokens_hashes_are_kept_alone(
    store: AccessStore, ana: str, backend: Backend
) -> None:
    secrets = [ana, kiosk(store), str(store.accounts.add("ben", "Ben Poe", [ANA]))]
    store.accounts.change_password("ana", "boat under seven oaks")
    secrets += [
        "boat under seven oaks",
        store.accounts.reset("ana"),
        store.sessions.begin("ben", "password", "treatment", "192.0.2.1"),
    ]
    store.attempts.begin("typed in the wrong field", "192.0.2.1")
    secrets.append("typed in the wrong field")
    with psycopg.connect(backend.database_url) as conn:
        tables = conn.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'access'"
        ).fetchall()
        assert {"accounts", "sessions", "tokens", "attempts"} <= {name for (name,) in tables}
        kept = b"".join(_dump(conn, name) for (name,) in tables)
    assert b"Ben Poe" in kept, "the search finds nothing at all"
    assert [each for each in secrets if each.encode() in kept] == []


def _dump(conn: psycopg.Connection[tuple[object, ...]], table: str) -> bytes:
    with conn.cursor() as curs, curs.copy(f"COPY access.{table} TO STDOUT".encode()) as rows:
        return b"".join(bytes(each) for each in rows)
