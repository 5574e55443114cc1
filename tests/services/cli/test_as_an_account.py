"""Reports as an account, at the command line: what it may see, by the table that all doors ask."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from services.access.grants import grant_of
from services.access.rights import NONE, reach
from services.access.store import AccessStore, open_access
from services.embedded import Engines
from tests.support.backend import Backend, fresh_backend
from tests.support.command_line import CLINICS, run

NOW = "2026-09-17T17:00:00Z"
GRANTS = {
    "desk": "front-desk:juniper",
    "ash": "counselor:juniper:s-ash",
    "bill": "biller:juniper",
    "root": "administrator",
    "audit": "auditor",
    "away": "director:elm-street",
}
Daybook = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def backend(shared_engines: Engines) -> Iterator[Backend]:
    with fresh_backend(shared_engines) as fresh:
        yield fresh


@pytest.fixture(scope="module", autouse=True)
def store(backend: Backend) -> Iterator[AccessStore]:
    with open_access(backend.database_url) as opened:
        for account, grant in GRANTS.items():
            opened.accounts.add(account, account, [grant_of(grant)])
        yield opened


@pytest.fixture(scope="module")
def daybook(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Daybook:
    """Runs a command as an account; without one as the operator."""
    data = tmp_path_factory.mktemp("data")
    servers = {
        "DAYBOOK_DATABASE_URL": backend.database_url,
        "DAYBOOK_NATS_URL": backend.nats_url,
    }

    def daybook(account: str, *words: str | Path) -> CompletedProcess[str]:
        return run(data, *words, **servers, DAYBOOK_USER=account)

    done = daybook("", "import", CLINICS / "base", "--now", NOW)
    assert done.returncode == 0, done.stderr
    return daybook


@pytest.mark.parametrize(
    ("account", "question"),
    [
        *(("desk", "weeks"), ("desk", "findings")),
        *(("bill", "billable"), ("bill", "visits")),
        *(("root", "schedule"), ("audit", "findings"), ("ash", "billable")),
    ],
)
def test_an_account_is_answered_what_its_role_may_ask_and_nothing_else(
    daybook: Daybook, store: AccessStore, account: str, question: str
) -> None:
    who = store.accounts.principal(account, "command line")
    assert who
    done = daybook(account, "report", question, "--format", "csv")
    if reach(who, question, "juniper") is NONE:
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"Only these roles may ask for {question} at juniper: ")
    else:
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("\n") > 1


def test_a_counselor_is_shown_their_own_patients_and_no_others(
    daybook: Daybook, store: AccessStore
) -> None:
    everybody = daybook("", "report", "weeks", "--format", "csv").stdout
    theirs = daybook("ash", "report", "weeks", "--format", "csv").stdout
    assert numbers(theirs) == {"J03"} < numbers(everybody)
    (logged,) = store.log.find(account="ash", limit=1)
    assert (logged.entry.roles, len(logged.entry.patient_ids)) == (("counselor",), 1)


def numbers(shown: str) -> set[str]:
    return {row["mrn"] for row in csv.DictReader(io.StringIO(shown))}


def test_another_ones_patient_is_not_there_in_the_same_words(daybook: Daybook) -> None:
    theirs, nobodys = (daybook("ash", "report", "patient", each) for each in ("J05", "J99"))
    assert (theirs.returncode, theirs.stdout, theirs.stderr) == (
        *(nobodys.returncode, nobodys.stdout, nobodys.stderr),
    )
    assert theirs.returncode != 0
    assert daybook("ash", "report", "patient", "J03").returncode == 0


def test_a_part_of_a_page_that_a_role_is_not_shown_is_not_printed(daybook: Daybook) -> None:
    whole = daybook("", "report", "patient", "J03", "--format", "json").stdout
    part = daybook("desk", "report", "patient", "J03", "--format", "json").stdout
    assert '"plan"' in whole
    assert '"next_sessions"' in part
    assert '"plan"' not in part


def test_a_history_is_printed_to_whom_it_is_told(daybook: Daybook) -> None:
    printed = daybook("ash", "audit", "history", "--patient", "J03", "--part", "visits")
    assert printed.returncode == 0, printed.stderr
    assert "Checked in at" in printed.stdout
    assert "Import" in printed.stdout
    asked = ("audit", "history", "--patient", "J03", "--format", "csv")
    whole, part = daybook("", *asked).stdout, daybook("desk", *asked).stdout
    assert ",episodes,patient.admitted," in whole
    assert ",visits," in part
    assert "patient.admitted" not in part
    refused = daybook("ash", "audit", "history", "--patient", "J05")
    assert (refused.returncode, refused.stdout) == (2, "")
    wrong = daybook("", "audit", "history", "--part", "moods")
    assert "'moods' is not a part of a record" in wrong.stderr


def test_another_facility_is_not_there(daybook: Daybook) -> None:
    done = daybook("away", "report", "weeks")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "There is no facility 'juniper'.\n"


def test_who_looked_is_told_to_whom_the_table_tells_it(daybook: Daybook) -> None:
    assert daybook("audit", "audit", "access", "--format", "csv").returncode == 0
    refused = daybook("desk", "audit", "access", "--format", "csv")
    assert (refused.returncode, refused.stdout) == (2, "")


def test_an_account_that_is_not_there_asks_nothing_and_none_changes_anything(
    daybook: Daybook,
) -> None:
    done = daybook("nobody", "report", "weeks")
    assert (done.returncode, done.stdout) == (2, "")
    assert "names no account that is enabled" in done.stderr
    done = daybook("audit", "policy", "list")
    assert done.returncode == 2
    assert "unset it" in done.stderr


@pytest.mark.parametrize("account", ["desk", "ash", "bill", "audit"])
@pytest.mark.parametrize("kind", ["attendance-record", "attendance-letter", "claim-worksheet"])
def test_a_document_is_made_for_whose_role_may_have_it(
    daybook: Daybook, store: AccessStore, tmp_path: Path, account: str, kind: str
) -> None:
    who = store.accounts.principal(account, "command line")
    assert who
    out = tmp_path / "document.json"
    about = () if kind == "claim-worksheet" else ("--patient", "J03")
    days = ("--from", "2026-09-07", "--through", "2026-09-16")
    done = daybook(account, "document", kind, *about, *days, "--format", "json", "--out", out)
    if reach(who, f"document {kind}", "juniper") is NONE:
        assert done.returncode == 2
        assert done.stderr.startswith(f"Only these roles may ask for document {kind} at juniper: ")
        assert not out.exists()
    else:
        assert done.returncode == 0, done.stderr
        assert out.exists()
        if about:
            (logged,) = store.log.find(account=account, limit=1)
            assert logged.entry.what == f"document {kind}"


def test_a_counselor_has_documents_of_their_own_patients_and_sessions_alone(
    daybook: Daybook, tmp_path: Path
) -> None:
    out = tmp_path / "document.pdf"
    others, nobodys = (
        daybook("ash", "document", "attendance-record", "--patient", each, "--out", out)
        for each in ("J05", "J99")
    )
    assert (others.returncode, others.stderr) == (2, nobodys.stderr)
    history = daybook(
        "", "audit", "history", "--part", "schedule", "--first", "2026-09-01", "--format", "json"
    )
    one_of_each = {
        each["session"]: each["session_id"]
        for each in json.loads(history.stdout)
        if each["session_id"]
    }
    codes = {}
    for session_id in one_of_each.values():
        done = daybook("ash", "document", "sign-in-sheet", "--session", session_id, "--out", out)
        codes[session_id] = done.returncode
        assert done.returncode == 0 or "There is no such session." in done.stderr
    assert {*codes.values()} == {0, 2}
