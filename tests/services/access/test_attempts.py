"""Who fails to sign in waits, each time longer, and locks nobody else out."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.access import attempts as limits
from services.access import passwords
from services.access.attempts import FREE, OF_AN_ADDRESS, network_of
from services.access.grants import grant_of
from services.access.refusals import SignInRefused, TooManyAttempts
from services.access.sign_in import MOST_WAITING
from services.access.store import AccessStore
from tests.support.backend import PATIENCE, ManualClock

HOME, CLINIC, ELSEWHERE = "198.51.100.7", "192.0.2.1", "203.0.113.9"


@pytest.fixture
def password(store: AccessStore) -> str:
    """The password of `ana`, who has not signed in yet."""
    return str(store.accounts.add("ana", "Ana Diaz", [grant_of("director:oak-street")]))


def fail(store: AccessStore, account: str, address: str) -> float:
    """Try with a wrong password; return how long to wait, 0 where it was looked at."""
    try:
        store.attempts.begin(account, address)
    except TooManyAttempts as refused:
        return refused.retry_after_seconds
    return 0


def flood(store: AccessStore, account: str, address: str, attempts: int = 200) -> None:
    for _ in range(attempts):
        fail(store, account, address)


def test_after_a_few_failures_each_one_doubles_the_wait(
    store: AccessStore, clock: ManualClock
) -> None:
    assert [fail(store, "ana", HOME) for _ in range(FREE)] == [0] * FREE
    for seconds in (1, 2, 4, 8, 16):
        assert fail(store, "ana", HOME) == seconds
        assert fail(store, "ana", HOME) == seconds, "who is told to wait is not counted again"
        clock.move(seconds=seconds)
        assert fail(store, "ana", HOME) == 0
    for _ in range(20):
        clock.move(seconds=900)
        assert fail(store, "ana", HOME) == 0
    assert fail(store, "ana", HOME) == 900, "it is never more than a quarter of an hour"


def test_a_clock_that_was_set_back_keeps_nobody_waiting_for_as_long(
    store: AccessStore, password: str, clock: ManualClock
) -> None:
    clock.move(days=30)
    store.passwords.check("ana", password, HOME)
    flood(store, "bo", HOME)
    clock.move(days=-30)
    store.passwords.check("ana", password, HOME)
    assert fail(store, "bo", HOME) == 0
    assert fail(store, "cy", ELSEWHERE) == 0


def test_the_right_password_has_to_wait_as_well(
    store: AccessStore, password: str, clock: ManualClock
) -> None:
    for _ in range(FREE):
        with pytest.raises(SignInRefused):
            store.passwords.check("ana", "wrong", HOME)
    with pytest.raises(TooManyAttempts, match="wait 1 second, then try again"):
        store.passwords.check("ana", password, HOME)
    clock.move(seconds=1)
    store.passwords.check("ana", password, HOME)
    assert fail(store, "ana", HOME) == 0, "the failures before it are forgotten"


def test_whoever_is_at_an_address_they_signed_in_from_is_not_locked_out_by_a_flood(
    store: AccessStore, password: str
) -> None:
    store.passwords.check("ana", password, CLINIC)
    for number in range(60):
        for _ in range(4):
            fail(store, "ana", f"203.0.113.{number}")
    flood(store, "ben", CLINIC)
    flood(store, "ana", ELSEWHERE)
    assert fail(store, "ana", ELSEWHERE) > 0
    store.passwords.check("ana", password, CLINIC)


def test_whoever_comes_from_a_new_address_is_not_locked_out_by_a_flood_from_others(
    store: AccessStore, password: str
) -> None:
    for number in range(60):
        for _ in range(4):
            fail(store, "ana", f"203.0.113.{number}")
    assert fail(store, "ana", "203.0.113.1") > 0, "the account has its bound at unknown addresses"
    store.passwords.check("ana", password, HOME)


def test_where_somebody_signed_in_before_a_wait_is_short(
    store: AccessStore, password: str, clock: ManualClock
) -> None:
    store.passwords.check("ana", password, CLINIC)
    for _ in range(30):
        clock.move(seconds=60)
        fail(store, "ana", CLINIC)
    assert fail(store, "ana", CLINIC) == 60
    clock.move(seconds=60)
    store.passwords.check("ana", password, CLINIC)


def test_one_address_tries_only_so_many_accounts(store: AccessStore, clock: ManualClock) -> None:
    waits = [fail(store, f"user-{number}", ELSEWHERE) for number in range(OF_AN_ADDRESS + 1)]
    assert waits == [0] * OF_AN_ADDRESS + [30]
    assert fail(store, "user-1", HOME) == 0
    clock.move(seconds=30)
    assert fail(store, "user-x", ELSEWHERE) == 0
    assert fail(store, "user-y", ELSEWHERE) == 30


def test_an_account_that_is_not_there_is_counted_and_answered_alike(
    store: AccessStore, password: str
) -> None:
    assert password

    def answers(account: str, address: str) -> list[str]:
        found = []
        for _ in range(FREE + 2):
            with pytest.raises((SignInRefused, TooManyAttempts)) as refused:
                store.passwords.check(account, "wrong", address)
            found.append(f"{type(refused.value).__name__}: {refused.value}")
        return found

    there = answers("ana", HOME)
    assert len(set(there)) == 2
    assert answers("nobody", ELSEWHERE) == there
    assert answers("No account\0 at all \ud800", "203.0.113.10") == there


def test_a_hash_is_compared_also_where_there_is_no_account(
    store: AccessStore, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []

    class Counting:
        def verify(self, found: str, said: bytes) -> bool:
            compared.append(found.split("$")[1:4])
            return hasher.verify(found, said)

    hasher = passwords._HASHER
    monkeypatch.setattr(passwords, "_HASHER", Counting())
    store.accounts.disable("ana")
    for account in ("ana", "nobody"):
        with pytest.raises(SignInRefused):
            store.passwords.check(account, password, HOME)
    assert compared == [["argon2id", "v=19", "m=19456,t=2,p=1"]] * 2


def test_of_many_attempts_at_once_as_many_are_looked_at_as_one_after_the_other(
    store: AccessStore, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert password
    looked_at = []

    def matches(said: str, found: str | None) -> bool:
        looked_at.append((said, found))
        return False

    monkeypatch.setattr("services.access.sign_in.passwords.matches", matches)
    together = threading.Barrier(4 * FREE)

    def attempt(_: int) -> str:
        together.wait()
        try:
            store.passwords.check("ana", "wrong", HOME)
        except (SignInRefused, TooManyAttempts) as refused:
            return type(refused).__name__
        return "signed in"

    with ThreadPoolExecutor(4 * FREE) as threads:
        found = list(threads.map(attempt, range(4 * FREE)))
    assert len(looked_at) == FREE
    assert sorted(set(found)) == ["SignInRefused", "TooManyAttempts"]
    assert found.count("SignInRefused") == FREE


def test_no_more_than_two_passwords_are_compared_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most, watching = 0, 0, threading.Lock()
    second = threading.Event()

    class Slow:
        def verify(self, _found: str, _said: bytes) -> bool:
            nonlocal at_once, most
            with watching:
                at_once += 1
                most = max(most, at_once)
                if at_once == 2:
                    second.set()
            assert second.wait(60)
            with watching:
                at_once -= 1
            return True

    monkeypatch.setattr(passwords, "_HASHER", Slow())
    monkeypatch.setattr(passwords, "PATIENCE", 60.0)
    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(lambda _: passwords.matches("x", "y"), range(6))) == [True] * 6
    assert most == 2


def test_whoever_waits_too_long_for_a_comparison_is_told_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "PATIENCE", 0.0)
    monkeypatch.setattr(passwords, "_places", threading.BoundedSemaphore(1))
    with passwords._one_of_few(), pytest.raises(TooManyAttempts):
        passwords.matches("x", "y")


async def test_many_who_sign_in_at_once_hold_nothing_else_up(
    store: AccessStore, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def matches(_said: str, _found: str | None) -> bool:
        assert go_on.wait(PATIENCE)
        return True

    monkeypatch.setattr("services.access.sign_in.passwords.matches", matches)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    waiting = [
        asyncio.create_task(store.passwords.checked("ana", password, f"192.0.2.{number}"))
        for number in range(MOST_WAITING)
    ]
    await asyncio.sleep(0)
    assert await asyncio.to_thread(lambda: "something else") == "something else"
    with pytest.raises(TooManyAttempts):
        await store.passwords.checked("ana", password, HOME)
    go_on.set()
    assert await asyncio.gather(*waiting) == [None] * MOST_WAITING
    await store.passwords.checked("ana", password, HOME)


def test_failures_are_forgotten_after_a_day_and_known_addresses_are_not(
    store: AccessStore, password: str, clock: ManualClock
) -> None:
    store.passwords.check("ana", password, CLINIC)
    flood(store, "ben", HOME)
    clock.move(hours=25)
    store.passwords.check("ana", password, CLINIC)
    with store.database.transaction() as conn:
        kept = conn.execute("SELECT address FROM access.attempts").fetchall()
    assert kept == [(CLINIC,)]
    clock.move(hours=1)
    flood(store, "ben", CLINIC)
    store.passwords.check("ana", password, CLINIC)


def test_networks_of_ipv6_are_counted_as_one_address() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:2") == "2001:db8::/64"
    assert network_of("2001:db8:0:1::1") != network_of("2001:db8::1")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("fe80::1%eth0") == "fe80::/64"
    assert network_of("") == "-"
    assert len(network_of("x" * 1000)) == 100


def test_waits_never_overflow() -> None:
    assert limits._wait_of(1e9, 900.0) == 900.0
