"""Accounts and what is granted to them: made, changed, disabled, and found again."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.access.grants import as_text, check_grants, grant_of
from services.access.principal import Grant, Principal, Role
from services.access.refusals import (
    AccountUnsound,
    GrantUnsound,
    NameTaken,
    NoSuchAccount,
    PasswordUnfit,
    SignInRefused,
)
from services.access.snapshot import AccountSnapshot
from services.access.store import AccessStore, open_access
from tests.support.backend import Backend, ManualClock

DESK = grant_of("front-desk:oak-street")
ANA = grant_of("counselor:oak-street:s-diaz")


def test_whoever_is_added_signs_in_with_the_password_that_is_told_once(store: AccessStore) -> None:
    password = store.accounts.add("ana", "Ana Diaz", [ANA, DESK])
    assert password is not None
    store.passwords.check("ana", password, "192.0.2.1")
    (ana,) = store.accounts.all()
    assert (ana.account, ana.name, set(ana.grants)) == ("ana", "Ana Diaz", {ANA, DESK})
    assert ana.must_change
    assert store.accounts.principal("ana", "password") == Principal(
        "ana", "Ana Diaz", ana.grants, "password"
    )
    assert store.accounts.principal("ben", "password") is None


def test_an_account_without_a_password_signs_in_with_none(store: AccessStore) -> None:
    assert store.accounts.add("kiosk-1", "Kiosk", [DESK], with_password=False) is None
    for guess in ("", "None", "kiosk-1"):
        with pytest.raises(SignInRefused):
            store.passwords.check("kiosk-1", guess, "192.0.2.1")


def test_no_account_is_added_over_another(store: AccessStore) -> None:
    store.accounts.add("ana", "Ana Diaz", [ANA])
    with pytest.raises(NameTaken, match="there is an account 'ana' already"):
        store.accounts.add("ana", "Somebody else", [DESK])
    assert [each.name for each in store.accounts.all()] == ["Ana Diaz"]


@pytest.mark.parametrize("account", ["", "Ana", "-ana", "a b", "é", "a" * 64, "ana\0"])
def test_what_is_no_name_of_an_account_is_refused(store: AccessStore, account: str) -> None:
    with pytest.raises(AccountUnsound, match="the account is not a name for it"):
        store.accounts.add(account, "Ana Diaz", [ANA])
    assert store.accounts.find(account) is None


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "x" * 501])
def test_what_is_no_persons_name_is_refused(store: AccessStore, name: str) -> None:
    with pytest.raises(AccountUnsound, match="the name is"):
        store.accounts.add("ana", name, [ANA])


@pytest.mark.parametrize(
    ("roles", "says"),
    [
        ([], "needs a role"),
        (["operator"], "not a role"),
        (["janitor:oak-street"], "not a role; there are front-desk, counselor"),
        (["counselor"], "say at which facility: counselor:FACILITY"),
        (["kiosk"], "say at which facility"),
        (["patient:oak-street"], "whose record it is"),
        (["administrator:oak-street"], "name none"),
        (["auditor:oak-street:s-diaz"], "name no staff id"),
        (["counselor:oak street"], "the facility id is not an id"),
        (["counselor:oak-street:s-diaz", "director:oak-street:s-poe"], "one account is one person"),
        (["counselor:oak-street:s-diaz:more"], "write ROLE, ROLE:FACILITY or"),
        (["front-desk:"], "write ROLE, ROLE:FACILITY or"),
    ],
)
def test_roles_have_what_they_need_and_no_more(roles: list[str], says: str) -> None:
    with pytest.raises(GrantUnsound, match=says):
        check_grants([grant_of(each) for each in roles])


@pytest.mark.parametrize(
    "text",
    [
        *("auditor", "administrator", "director:oak-street", "counselor:oak-street:s-diaz"),
        *("patient:oak-street:patient-0f", "kiosk:oak-street", "service:oak-street"),
    ],
)
def test_a_role_is_read_as_it_is_written(text: str) -> None:
    grant = grant_of(text)
    check_grants([grant])
    assert as_text(grant) == text


def test_nobody_is_granted_to_be_the_operator() -> None:
    with pytest.raises(GrantUnsound, match="whoever has the machine"):
        check_grants([Grant(Role.OPERATOR)])


def test_whoever_is_disabled_signs_in_no_more_until_enabled(store: AccessStore) -> None:
    password = str(store.accounts.add("ana", "Ana Diaz", [ANA]))
    token = store.sessions.begin("ana", "password", "treatment", "192.0.2.1")
    assert store.accounts.disable("ana")
    assert not store.accounts.disable("ana")
    assert store.sessions.find(token) is None
    assert store.accounts.principal("ana", "password") is None
    with pytest.raises(SignInRefused):
        store.passwords.check("ana", password, "192.0.2.1")
    with pytest.raises(NoSuchAccount):
        store.sessions.begin("ana", "password", "treatment", "192.0.2.1")
    assert store.accounts.enable("ana")
    assert not store.accounts.enable("ana")
    store.passwords.check("ana", password, "192.0.2.1")
    assert store.sessions.find(token) is None


def test_a_reset_gives_another_password_and_ends_sessions(store: AccessStore) -> None:
    before = str(store.accounts.add("ana", "Ana Diaz", [ANA]))
    store.accounts.change_password("ana", "four words of my own")
    assert not store.accounts.all()[0].must_change
    token = store.sessions.begin("ana", "password", "treatment", "192.0.2.1")
    password = store.accounts.reset("ana")
    assert store.accounts.all()[0].must_change
    assert store.sessions.find(token) is None
    for former in (before, "four words of my own"):
        with pytest.raises(SignInRefused):
            store.passwords.check("ana", former, "192.0.2.1")
    store.passwords.check("ana", password, "192.0.2.1")


def test_other_roles_count_at_once_in_sessions_that_are_open(store: AccessStore) -> None:
    store.accounts.add("ana", "Ana Diaz", [ANA])
    token = store.sessions.begin("ana", "password", "treatment", "192.0.2.1")
    assert store.accounts.set_grants("ana", [DESK])
    assert not store.accounts.set_grants("ana", [DESK])
    found = store.sessions.find(token)
    assert found is not None
    assert found.principal.grants == (DESK,)


def test_whoever_is_not_there_cannot_be_changed(store: AccessStore) -> None:
    for change in (store.accounts.disable, store.accounts.enable, store.accounts.reset):
        with pytest.raises(NoSuchAccount, match="there is no account 'ben'"):
            change("ben")
    with pytest.raises(NoSuchAccount):
        store.accounts.set_grants("ben", [DESK])
    assert store.accounts.change_number() == 0


@pytest.mark.parametrize(
    "password",
    [
        *("", "short", "x" * 201, "passwordpassword", "Password2026!", "123456789012"),
        *("counselor-recovery", "ana-ana-ana-ana", "Summer2026!!", "qwertyuiop123", "aaaaaaaaaaaa"),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused(store: AccessStore, password: str) -> None:
    kept = str(store.accounts.add("ana", "Ana Diaz", [ANA]))
    with pytest.raises(PasswordUnfit):
        store.accounts.change_password("ana", password)
    store.passwords.check("ana", kept, "192.0.2.1")


@pytest.mark.parametrize(
    "password", ["boat under seven oaks", "ünïcödé wörds", "k" + "9xZ!qm" * 30]
)
def test_a_good_password_is_taken(store: AccessStore, password: str) -> None:
    store.accounts.add("ana", "Ana Diaz", [ANA])
    store.accounts.change_password("ana", password)
    store.passwords.check("ana", password, "192.0.2.1")


def test_the_first_start_makes_one_administrator_and_tells_the_password_once(
    backend: Backend, clock: ManualClock
) -> None:
    def start(_: int) -> str | None:
        with open_access(backend.database_url, clock=clock) as store:
            return store.accounts.add_first_administrator()

    with ThreadPoolExecutor(4) as together:
        told = [each for each in together.map(start, range(4)) if each]
    assert len(told) == 1
    assert len(told[0].split("-")) == 4
    with open_access(backend.database_url, clock=clock) as store:
        store.passwords.check("admin", told[0], "127.0.0.1")
        (admin,) = store.accounts.all()
        assert admin.grants == (Grant(Role.ADMINISTRATOR),)
        assert store.accounts.add_first_administrator() is None


def test_whoever_has_accounts_gets_no_administrator(store: AccessStore) -> None:
    store.accounts.add("ana", "Ana Diaz", [ANA])
    assert store.accounts.add_first_administrator() is None
    assert [each.account for each in store.accounts.all()] == ["ana"]


def test_of_two_who_add_the_same_account_one_is_told_that_it_is_there(store: AccessStore) -> None:
    def add(name: str) -> bool:
        try:
            return store.accounts.add("ana", name, [ANA]) is not None
        except NameTaken:
            return False

    with ThreadPoolExecutor(4) as together:
        done = list(together.map(add, "abcd"))
    assert sorted(done) == [False, False, False, True]
    assert [each.name for each in store.accounts.all()] == ["abcd"[done.index(True)]]


def test_a_snapshot_is_read_again_once_something_changed(store: AccessStore) -> None:
    seconds = [0.0]
    snapshot = AccountSnapshot(store.accounts, elapsed=lambda: seconds[0])
    store.accounts.add("ana", "Ana Diaz", [ANA])
    snapshot.refresh()
    ana = snapshot.of("ana")
    assert ana == Principal("ana", "Ana Diaz", (ANA,), "nats")
    assert snapshot.of("ben") is None
    store.accounts.set_grants("ana", [DESK])
    snapshot.refresh()
    assert snapshot.of("ana") == ana, "it asked sooner than after a second"
    seconds[0] = 1.0
    assert snapshot.is_old
    snapshot.refresh()
    assert snapshot.of("ana") == Principal("ana", "Ana Diaz", (DESK,), "nats")
    store.accounts.disable("ana")
    seconds[0] = 2.0
    snapshot.refresh()
    assert snapshot.of("ana") == Principal("ana", "Ana Diaz", (), "nats")


def test_each_change_counts_up_and_none_else(store: AccessStore) -> None:
    seen = [store.accounts.change_number()]

    def changed() -> bool:
        seen.append(store.accounts.change_number())
        return seen[-1] > seen[-2]

    store.accounts.add("ana", "Ana Diaz", [ANA])
    assert changed()
    store.accounts.set_grants("ana", [ANA])
    store.accounts.find("ana")
    assert not changed()
    for change in (store.accounts.disable, store.accounts.enable, store.accounts.reset):
        change("ana")
        assert changed()


def test_the_account_of_a_patient_who_was_forgotten_says_nothing_of_them(
    store: AccessStore,
) -> None:
    own = Grant(Role.PATIENT, "oak-street", patient_id="patient-1")
    store.accounts.add("lee", "Lee Example", [own])
    store.accounts.add("ana", "Ana Diaz", [ANA, own])
    assert store.accounts.forget(["patient-0"]) == []
    assert store.accounts.forget(["patient-0", "patient-1"]) == ["ana", "lee"]
    ana, lee = store.accounts.all()
    assert (ana.name, ana.grants, ana.disabled_at) == ("Ana Diaz", (ANA,), None)
    assert (lee.name, lee.grants, lee.has_password) == ("forgotten", (), False)
    assert lee.disabled_at is not None
    assert store.accounts.forget(["patient-1"]) == []
