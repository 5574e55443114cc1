"""`daybook user` and `daybook token`: what changed is said, what did not is, too."""

import json
from collections.abc import Iterator

import pytest

from services.access.openid_store import OpenIdSubjects
from services.access.store import AccessStore, open_access
from services.embedded import Engines
from tests.support.backend import Backend, fresh_backend
from tests.support.command_line import Daybook, at_small_clinic


@pytest.fixture(scope="module")
def backend(shared_engines: Engines) -> Iterator[Backend]:
    with fresh_backend(shared_engines) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def daybook(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Daybook:
    """Runs a command at a small clinic."""
    return at_small_clinic(backend, tmp_path_factory.mktemp("data"))


@pytest.fixture
def store(backend: Backend) -> Iterator[AccessStore]:
    """What is kept; every account of a former test is gone."""
    with open_access(backend.database_url) as opened:
        backend.run("TRUNCATE access.accounts, access.tokens CASCADE")
        yield opened


def add(daybook: Daybook, account: str = "ana", *roles: str) -> str:
    """Add an account; return what was printed."""
    options = [word for role in roles or ["director"] for word in ("--role", role)]
    done = daybook("user", "add", account, "--name", "Ana Diaz", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_password_of_a_new_account_is_printed_once_and_signs_in(
    daybook: Daybook, store: AccessStore
) -> None:
    password = add(daybook, "ana", "counselor:juniper:s-ash", "director:juniper")
    store.passwords.check("ana", password, "127.0.0.1")
    done = daybook("user", "list", "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == [
        {
            "account": "ana",
            "name": "Ana Diaz",
            "roles": "counselor:juniper:s-ash director:juniper",
            "password": True,
            "disabled": None,
        }
    ]
    assert password not in done.stdout
    assert "argon2" not in done.stdout


def test_an_account_may_have_no_password(daybook: Daybook, store: AccessStore) -> None:
    words = ("--name", "Door", "--role", "kiosk:juniper", "--no-password")
    done = daybook("user", "add", "kiosk-1", *words)
    assert (done.returncode, done.stdout) == (0, "")
    assert "without a password" in done.stderr
    assert not store.accounts.all()[0].has_password


@pytest.mark.parametrize(
    ("account", "role", "says"),
    [
        ("ana", "counselor:nowhere", "There is no facility 'nowhere'."),
        ("ana", "counselor:juniper:s-nobody", "There is no staff member 's-nobody' at juniper"),
        ("ana", "patient:juniper:patient-0", "There is no patient 'patient-0' at juniper."),
        ("ana", "janitor", "'janitor' is not a role; there are front-desk"),
        ("ana", "counselor", "Say at which facility: counselor:FACILITY."),
        ("Ana", "director", "The account is not a name for it: 1 to 63 small letters"),
        ("ben", "director", "There is an account 'ben' already: choose another name."),
    ],
)
def test_what_cannot_be_added_is_refused_with_a_sentence(
    daybook: Daybook, store: AccessStore, account: str, role: str, says: str
) -> None:
    add(daybook, "ben")
    done = daybook("user", "add", account, "--name", "Ana Diaz", "--role", role)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(says)
    assert [each.account for each in store.accounts.all()] == ["ben"]


def test_a_counselor_without_a_staff_id_is_told_what_that_means(
    daybook: Daybook, store: AccessStore
) -> None:
    assert store
    words = ("--name", "Ana Diaz", "--role", "counselor:juniper")
    done = daybook("user", "add", "ana", *words)
    assert done.returncode == 0
    assert "counselor:juniper:STAFF_ID" in done.stderr


def test_disabling_and_enabling_say_what_changed(daybook: Daybook, store: AccessStore) -> None:
    add(daybook)
    token = store.sessions.begin("ana", "password", "treatment", "127.0.0.1")
    for word, code, says in (
        ("enable", 1, "Nothing was changed: it was not disabled."),
        ("disable", 0, "The account ana is disabled."),
        ("disable", 1, "Nothing was changed: it was disabled already."),
        ("enable", 0, "The account ana is enabled again."),
    ):
        done = daybook("user", word, "ana")
        assert (done.returncode, done.stdout, done.stderr.strip()) == (code, "", says)
    assert store.sessions.find(token) is None
    done = daybook("user", "disable", "nobody")
    assert (done.returncode, done.stderr.strip()) == (2, "There is no account 'nobody'.")


def test_a_reset_prints_another_password(daybook: Daybook, store: AccessStore) -> None:
    former = add(daybook)
    done = daybook("user", "reset", "ana")
    password = done.stdout.strip()
    assert (done.returncode, password == former) == (0, False)
    store.passwords.check("ana", password, "127.0.0.1")


def test_an_account_is_released_from_who_it_was_at_the_provider(
    daybook: Daybook, store: AccessStore
) -> None:
    add(daybook)
    subjects = OpenIdSubjects(store.database)
    assert subjects.bind("ana", "https://login.example", "the first")
    session = store.sessions.begin("ana", "oidc", "treatment", "127.0.0.1")
    assert daybook("user", "release", "ana").returncode == 0
    assert store.sessions.find(session) is None
    assert subjects.bind("ana", "https://login.example", "the second")
    assert daybook("user", "release", "ana").returncode == 0
    again = daybook("user", "release", "ana")
    assert again.returncode == 1
    assert "Nothing was changed: nobody has signed in" in again.stderr
    assert daybook("user", "release", "nobody").returncode == 2


def test_other_roles_take_the_place_of_those_before(daybook: Daybook, store: AccessStore) -> None:
    add(daybook, "ana", "director", "biller")
    done = daybook("user", "roles", "ana", "--role", "auditor")
    assert done.returncode == 0
    assert [each.role for each in store.accounts.all()[0].grants] == ["auditor"]
    again = daybook("user", "roles", "ana", "--role", "auditor")
    assert (again.returncode, again.stdout) == (1, "")
    assert "Nothing was changed" in again.stderr


def test_no_password_is_taken_as_a_word_of_the_command(daybook: Daybook) -> None:
    words = ("--name", "Ana Diaz", "--role", "director", "--password", "boat under seven oaks")
    assert daybook("user", "add", "ana", *words).returncode == 2


def test_a_token_is_printed_once_listed_and_revoked(daybook: Daybook, store: AccessStore) -> None:
    scopes = "session.check-in,session.check-out"
    words = ("--facility", "juniper", "--scope", scopes, "--days", "90", "--kiosk")
    done = daybook("token", "add", "door", *words)
    assert done.returncode == 0, done.stderr
    token = done.stdout.strip()
    found = store.tokens.find(token)
    assert found is not None
    assert set(found.scopes or ()) == {"session.check-in", "session.check-out"}
    listed = daybook("token", "list", "--format", "json")
    (door,) = json.loads(listed.stdout)
    assert (door["name"], door["role"], door["revoked"]) == ("door", "kiosk:juniper", None)
    assert token not in listed.stdout
    for code, says in (
        (0, "The token door was revoked."),
        (1, "Nothing was changed: no token door is good."),
    ):
        revoked = daybook("token", "revoke", "door")
        assert (revoked.returncode, revoked.stderr.strip()) == (code, says)
    assert store.tokens.find(token) is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"--scope": "session.check-inn"}, "'session.check-inn' is no command"),
        ({"--scope": ","}, "name at least one command or question"),
        ({"--facility": "nowhere"}, "there is no facility"),
        ({"--days": "401"}, "not within 1 to 400"),
    ],
)
def test_a_token_that_would_be_good_for_nothing_is_refused(
    daybook: Daybook, store: AccessStore, words: dict[str, str], says: str
) -> None:
    options = {"--facility": "juniper", "--scope": "session.check-in", "--days": "90", **words}
    done = daybook("token", "add", "door", *(word for pair in options.items() for word in pair))
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr[:1].lower() + done.stderr[1:]
    assert store.tokens.all() == []
