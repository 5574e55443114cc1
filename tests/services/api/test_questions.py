"""Questions over HTTP, asked about the example clinic by people of several roles."""

import asyncio
import base64
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any

import httpx2
import psycopg
import pytest
import pytest_asyncio
from psycopg.rows import namedtuple_row
from psycopg.sql import SQL, Literal

from domain.aggregate import CommandContext
from services.access.principal import Grant, Role
from services.api import questions
from services.api.question_models import answer_of, parameters_of
from services.application import CommandBus
from services.application.plans import waive_rule
from services.clinic_import import import_clinic
from services.embedded import Engines
from services.hosting.bootstrap import VIEWS
from services.reports.queries import ReportQueries
from services.reports.questions import QUESTIONS
from services.reports.viewer import EVERYTHING, Viewer, own_of
from tests.support.backend import Backend, fresh_backend
from tests.support.command_line import OAK_STREET
from tests.support.http_api import FACILITY, Api, running_api, send

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PATH = f"/v1/facilities/{FACILITY}"
NOBODY = "patient-00000000000000000000000000000000"
DIAZ = Grant(Role.COUNSELOR, FACILITY, staff_id="s-diaz")


@pytest.fixture(scope="module")
def clinic(shared_engines: Engines) -> Iterator[Backend]:
    """The example clinic in the views."""
    with fresh_backend(shared_engines) as backend:
        assert not import_clinic(backend.journal, backend.vault, OAK_STREET, now=NOW).faults
        asyncio.run(caught_up(backend))
        with closing(CommandBus(backend.journal, backend.vault)) as commands:
            commands.handle(
                CommandContext("waived", NOW, "Omar Haddad"),
                waive_rule,
                reports(backend).patient_of("OA1008"),
                "family-a-month",
                first_day=NOW.date(),
                last_day=NOW.date(),
                reason="no family",
            )
        asyncio.run(caught_up(backend))
        yield backend


async def caught_up(backend: Backend) -> None:
    async with backend.supervisor(*VIEWS, clock=lambda: NOW) as supervisor:
        await supervisor.caught_up(backend.journal.position())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(clinic: Backend) -> AsyncIterator[Api]:
    async with running_api(clinic, clock=lambda: NOW) as api:
        yield api


def reports(clinic: Backend, viewer: Viewer = EVERYTHING) -> ReportQueries:
    return ReportQueries(
        clinic.database_url,
        clinic.vault,
        now=NOW,
        facility_id=FACILITY,
        viewer=viewer,
        journal=clinic.journal,
    )


def own(clinic: Backend, staff_id: str) -> tuple[frozenset[str], frozenset[str]]:
    with psycopg.connect(clinic.database_url, row_factory=namedtuple_row) as conn:
        return own_of(conn, FACILITY, staff_id, NOW.date())


async def ask(
    client: httpx2.AsyncClient,
    question: str,
    headers: dict[str, str] | None = None,
    /,
    **asked: Any,
) -> httpx2.Response:
    """Ask a question, wherever it stands."""
    scope = QUESTIONS[question].scope
    if scope == "search":
        return await client.post(f"{PATH}/{question}/search", json=asked, headers=headers)
    at = f"/v1/{question}" if scope == "everywhere" else f"{PATH}/{question}"
    return await client.get(at, params=asked, headers=headers)


async def paged(client: httpx2.AsyncClient, question: str, /, **asked: Any) -> list[dict[str, Any]]:
    """Return the rows of all pages."""
    found: list[dict[str, Any]] = []
    while True:
        answer = await ask(client, question, **asked)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        asked["cursor"] = answer.json()["next"]
        if asked["cursor"] is None:
            return found


def said(answer: httpx2.Response) -> tuple[int, bytes]:
    return answer.status_code, answer.content


# What is answered

ASKED: dict[str, dict[str, Any]] = {
    "visits": {"through": "2026-10-09"},
    "weeks": {"through": "2026-11-15"},
    "findings": {"week": "2026-11-16", "state": "breached"},
    "billable": {"week": "2026-11-09"},
    "open-findings": {"since": "2026-11-09"},
    "exceptions": {},
    "policies": {},
    "policy-preview": {
        "policy": "wa-deferred-prosecution",
        "from_day": "2026-11-02",
        "program_id": "adult-sud",
    },
    "deadlines": {"rule": "plan-review"},
    "at-risk": {},
    "slipping": {},
    "schedule": {"week": "2026-11-05", "room_id": "room-4"},
    "sessions": {"week": "2026-11-05", "staff_id": "s-lind"},
    "roster": {"day": "2026-11-18"},
    "facilities": {},
    "history": {"part": "plan", "first_day": "2026-01-01"},
    "patients": {"name": "us o"},
}


@pytest.mark.parametrize("name", [*ASKED, "patient", "explain"])
async def test_each_question_is_answered_as_the_reports_answer_it(
    name: str, api: Api, clinic: Backend
) -> None:
    asked: dict[str, Any] = ASKED.get(name, {})
    if name == "patient":
        asked = {"patient_id": reports(clinic).patient_of("OA1008")}
    if name == "explain":
        asked = {"finding": QUESTIONS["findings"](reports(clinic)).about[0]["finding"]}
    director = await api.director()
    answer = await ask(director, name, **asked)
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["daybook-position"]) == answer.json()["position"] > 4000
    assert answer.json()["notes"] == []
    question = QUESTIONS[name]
    model = answer_of(question).model_validate_json(answer.content)
    arguments = parameters_of(question).model_validate(asked).model_dump()
    wanted = question(reports(clinic), **question.taken(arguments))
    if not question.columns:
        assert answer.json()["page"] == json.loads(wanted.json())
        return
    rows = answer.json()["items"]
    assert rows
    assert len(rows) == min(len(wanted.rows), 200)
    numbers = ({"patient_id": each} for each in wanted.patient_ids)
    if "mrn" not in wanted.columns:
        numbers = ({} for _ in wanted.rows)
    expected = [one | each for one, each in zip(numbers, json.loads(wanted.json()), strict=True)]
    assert rows == expected[:200]
    # The document says all that there is, and no more.
    assert model.model_dump(mode="json", exclude_unset=True)["items"][0].keys() == rows[0].keys()


async def test_a_policy_that_could_not_be_adopted_is_answered_with_why_and_nothing_is_recorded(
    api: Api, clinic: Backend
) -> None:
    director, before = await api.director(), clinic.journal.position()
    day, here = {"from_day": "2026-11-02"}, {"program_id": "adult-sud"}
    for asked, says in (
        ({"policy": "tx-564"}, "give either a program or a payer"),
        ({"policy": "tx-564", **here, "payer": "medicaid"}, "give either a program or a payer"),
        ({"policy": "nobodys", **here}, "there is no policy of this id and version"),
        ({"policy": "tx-564", "version": 99, **here}, "there is no policy of this id and version"),
        ({"policy": "nj-161b", "payer": "medicaid"}, "asked of a program"),
    ):
        answer = await ask(director, "policy-preview", **asked, **day)
        assert answer.status_code == 422, answer.text
        assert says in answer.json()["detail"]
    adopted = next(each for each in await paged(director, "policies") if each["program_id"])
    asked = {"policy": adopted["policy"], "program_id": adopted["program_id"], "do": "drop"}
    dropped = await paged(director, "policy-preview", **asked, **day)
    assert {each["becomes"] for each in dropped} == {None}
    assert clinic.journal.position() == before


async def test_a_report_is_there_as_csv(api: Api, clinic: Backend) -> None:
    director = await api.director()
    answer = await ask(director, "visits", {"accept": "text/csv"}, through="2026-09-30", limit=1000)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    wanted = QUESTIONS["visits"](reports(clinic), through=date(2026, 9, 30))
    assert answer.text == wanted.csv()
    part = await ask(director, "visits", {"accept": "text/csv"}, through="2026-09-30", limit=2)
    assert part.text.splitlines() == wanted.csv().splitlines()[:3]
    rest = await ask(
        director, "visits", through="2026-09-30", limit=2, cursor=part.headers["daybook-next"]
    )
    assert rest.json()["items"][0]["mrn"] == wanted.rows[2][2]


async def test_patients_are_found_by_the_beginnings_of_their_names_or_the_whole_number(
    api: Api,
) -> None:
    desk = await api.signed_in(Grant(Role.FRONT_DESK, FACILITY))

    async def found(**asked: str) -> list[str]:
        answer = await ask(desk, "patients", **asked)
        assert answer.status_code == 200, answer.text
        return [each["name"] for each in answer.json()["items"]]

    assert await found(mrn="OA1008") == ["Oto Usher"]
    assert await found(mrn="OA10") == []
    for name in ("oto usher", "Usher Oto", "us ot", "ÓT", "  oTo  "):
        assert await found(name=name) == ["Oto Usher"], name
    assert await found(name="oto oto") == []
    assert await found(name="sher") == []


async def test_patients_are_listed_by_how_they_stand(api: Api) -> None:
    desk = await api.signed_in(Grant(Role.FRONT_DESK, FACILITY))
    listed = {}
    for state in ("in_treatment", "discharged", "candidate"):
        items = (await ask(desk, "patients", state=state)).json()["items"]
        assert {each["state"] for each in items} <= {state}
        listed[state] = {each["mrn"] for each in items}
    assert "OA1008" in listed["in_treatment"]
    assert "OA1003" in listed["discharged"]
    assert listed["candidate"] == set()


@pytest.mark.parametrize(
    "asked",
    [
        *({}, {"name": "o"}, {"name": " . "}, {"name": "us", "mrn": "OA1008"}),
        {"name": "us", "state": "discharged"},
    ],
)
async def test_a_search_that_could_mean_anybody_is_refused(asked: dict[str, str], api: Api) -> None:
    director = await api.director()
    answer = await ask(director, "patients", **asked)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "asked",
    [
        {"through": "yesterday"},
        {"through": "20261101"},
        {"through": "9999-12-31"},
        {"through": "1700000000"},
        {"limit": 0},
        {"limit": 1001},
        {"patient_id": "x y"},
        {"patient_id": "\x00"},
        {"after": -1},
        {"after": 2**63},
        {"mrn": "OA1008"},
        {"cursor": "?"},
    ],
)
async def test_what_a_question_does_not_take_is_refused(asked: dict[str, Any], api: Api) -> None:
    answer = await ask(await api.director(), "visits", **asked)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    [fault] = answer.json()["errors"]
    assert fault["pointer"].endswith(f"/{next(iter(asked))}")


async def test_a_day_that_is_far_away_asks_for_no_more_than_there_is(api: Api) -> None:
    director = await api.director()
    rows = await paged(director, "weeks", through="2199-12-31", limit=1000)
    assert len(rows) < 1000
    assert max(each["week_of"] for each in rows) < "2027-12-31"


async def test_a_day_and_a_week_at_once_are_refused(api: Api) -> None:
    answer = await ask(await api.director(), "schedule", day="2026-11-05", week="2026-11-05")
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "a day and a week exclude each other",
    )


# Pages


async def test_pages_are_the_whole_report(api: Api, clinic: Backend) -> None:
    director = await api.director()
    for name, limit in (("visits", 250), ("findings", 999), ("deadlines", 100), ("at-risk", 7)):
        rows = await paged(director, name, limit=limit)
        wanted = json.loads(QUESTIONS[name](reports(clinic)).json())
        for each in rows:
            del each["patient_id"]
        assert rows == wanted


async def test_rows_that_come_and_go_between_pages_hide_none_and_double_none(
    api: Api, clinic: Backend
) -> None:
    director = await api.director()
    asked: dict[str, Any] = {"through": "2026-10-02", "limit": 20}
    first = (await ask(director, "visits", **asked)).json()
    before = await paged(director, "visits", **asked)
    seen, last = first["items"][0], first["items"][-1]
    clinic.run("CREATE TABLE kept AS SELECT * FROM attendance.visits")
    try:
        # The row at which the page ended goes, and so does an earlier one; another comes.
        for each in (seen, last):
            clinic.run(_forget(each))
        rest = await paged(director, "visits", **asked, cursor=first["next"])
        assert first["items"] + rest == before
        clinic.run("INSERT INTO attendance.visits SELECT * FROM kept ON CONFLICT DO NOTHING")
        gone = before[-1]
        clinic.run(_forget(gone))
        rest = await paged(director, "visits", **asked, cursor=first["next"])
        assert first["items"] + rest == before[:-1]
    finally:
        clinic.run(
            "INSERT INTO attendance.visits SELECT * FROM kept ON CONFLICT DO NOTHING;"
            " DROP TABLE kept"
        )
    assert await paged(director, "visits", **asked) == before


def _forget(row: dict[str, Any]) -> Any:
    """Return what takes a visit out of the read model."""
    return SQL(
        "DELETE FROM attendance.visits v USING attendance.sessions s WHERE"
        " v.session_id = s.session_id AND (v.patient_id, s.day, s.label) = ({}, {}, {})"
    ).format(*map(Literal, (row["patient_id"], row["date"], row["session"])))


async def test_a_cursor_is_good_for_who_got_it_and_for_what_they_asked(api: Api) -> None:
    director, other = await api.director(), await api.director()
    asked: dict[str, Any] = {"through": "2026-10-31", "limit": 5}
    cursor = (await ask(director, "visits", **asked)).json()["next"]
    assert (await ask(director, "visits", **asked, cursor=cursor)).status_code == 200
    more = await ask(director, "visits", through="2026-10-31", limit=7, cursor=cursor)
    assert len(more.json()["items"]) == 7
    turned = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
    refused = [
        await ask(other, "visits", **asked, cursor=cursor),
        await ask(director, "weeks", **asked, cursor=cursor),
        await ask(director, "visits", through="2026-10-30", limit=5, cursor=cursor),
        await ask(director, "visits", **asked, cursor=turned),
        await ask(director, "visits", **asked, cursor="A"),
    ]
    assert {said(each) for each in refused} == {said(refused[0])}
    assert refused[0].status_code == 400
    assert refused[0].json()["type"] == "daybook:problem:bad-cursor"
    newest = api.looked(facility_id=FACILITY, limit=5)
    assert {each.entry.outcome for each in newest} == {"refused"}
    # Nothing of a patient can be read in it.
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    assert b"OA1" not in raw


# Whether it is still the same


async def test_what_is_at_hand_is_not_sent_again_until_it_changes(
    api: Api, clinic: Backend
) -> None:
    director = await api.director()
    asked: dict[str, Any] = {"through": "2026-09-30", "limit": 50}
    answer = await ask(director, "visits", **asked)
    known = {"if-none-match": answer.headers["etag"]}
    looked = len(api.looked())
    again = await ask(director, "visits", known, **asked)
    assert said(again) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]
    assert again.headers["daybook-position"] == answer.headers["daybook-position"]
    assert len(api.looked()) == looked + 1
    clinic.run("UPDATE attendance.visits SET credited_minutes = credited_minutes + 1")
    try:
        changed = await ask(director, "visits", known, **asked)
        assert changed.status_code == 200
        assert changed.headers["etag"] != answer.headers["etag"]
    finally:
        clinic.run("UPDATE attendance.visits SET credited_minutes = credited_minutes - 1")


async def test_an_etag_opens_nothing_for_who_may_not_ask(api: Api) -> None:
    director, biller = await api.director(), await api.signed_in(Grant(Role.BILLER, FACILITY))
    answer = await ask(director, "findings", limit=1)
    refused = await ask(biller, "findings", {"if-none-match": answer.headers["etag"]}, limit=1)
    assert refused.status_code == 403


# Who sees what


async def test_a_counselor_sees_their_own_patients_and_sessions_alone(
    api: Api, clinic: Backend
) -> None:
    patients, sessions = own(clinic, "s-diaz")
    assert patients
    counselor = await api.signed_in(DIAZ)
    mine = reports(clinic, Viewer(patients, sessions, staff_id="s-diaz"))
    for name in ("visits", "weeks", "findings", "deadlines", "at-risk", "slipping", "roster"):
        rows = await paged(counselor, name, limit=1000)
        assert {each["patient_id"] for each in rows} <= {*patients, None}
        for each in rows:
            del each["patient_id"]
        assert rows == json.loads(QUESTIONS[name](mine).json())
    week = await paged(counselor, "sessions", week="2026-11-05")
    assert {each["staff_id"] for each in week} == {"s-diaz"}
    names = await ask(counselor, "patients", name="ma")
    assert {each["patient_id"] for each in names.json()["items"]} <= patients


async def test_who_is_not_theirs_is_answered_as_who_is_not_there(api: Api, clinic: Backend) -> None:
    patients, sessions = own(clinic, "s-diaz")
    everybody = QUESTIONS["patients"](reports(clinic), name="ma").patients
    [foreign, *_] = sorted(everybody - patients)
    counselor = await api.signed_in(DIAZ)
    before = len(api.looked())
    for name in ("patient", "visits", "weeks", "findings", "deadlines", "at-risk", "roster"):
        theirs = await ask(counselor, name, patient_id=foreign)
        nobodys = await ask(counselor, name, patient_id=NOBODY)
        assert said(theirs) == said(nobodys)
        assert theirs.status_code == 404
        assert dict(theirs.headers) | {"date": ""} == dict(nobodys.headers) | {"date": ""}
    entries = api.looked()[: len(api.looked()) - before]
    assert {each.entry.outcome for each in entries} == {"refused"}
    assert [list(each.entry.patient_ids) for each in entries] == [[NOBODY], [foreign]] * 7
    # By number: nobody, whoever it is.
    with psycopg.connect(clinic.database_url, row_factory=namedtuple_row) as conn:
        number = reports(clinic).people(conn).mrn(foreign)
    found = [await ask(counselor, "patients", mrn=each) for each in (number, "OA9999")]
    assert said(found[0]) == said(found[1])
    assert found[0].json()["items"] == []
    tried, unknown = api.looked(limit=2)[::-1]
    assert (list(tried.entry.patient_ids), tried.entry.outcome) == ([foreign], "refused")
    assert list(unknown.entry.patient_ids) == []
    # By session.
    [(foreign_session,), *_] = clinic.rows(
        SQL(
            "SELECT s.session_id FROM attendance.sessions s WHERE s.session_id <> ALL ({})"
            " AND NOT EXISTS (SELECT FROM attendance.visits v"
            " WHERE v.session_id = s.session_id AND v.patient_id = ANY ({}))"
        ).format(Literal([*sessions]), Literal([*patients]))
    )
    for name in ("sessions", "roster"):
        theirs = await ask(counselor, name, session_id=foreign_session)
        nobodys = await ask(counselor, name, session_id="session-of-nobody")
        assert said(theirs) == said(nobodys)
        assert theirs.status_code == 404


async def test_a_finding_that_is_not_theirs_is_none(api: Api, clinic: Backend) -> None:
    patients, _ = own(clinic, "s-rivera")
    found = QUESTIONS["findings"](reports(clinic))
    foreign = next(
        about["finding"]
        for patient_id, about in zip(found.patient_ids, found.about, strict=True)
        if patient_id and patient_id not in patients
    )
    mine = next(
        about["finding"]
        for patient_id, about in zip(found.patient_ids, found.about, strict=True)
        if patient_id in patients
    )
    counselor = await api.signed_in(Grant(Role.COUNSELOR, FACILITY, staff_id="s-rivera"))
    assert (await ask(counselor, "explain", finding=mine)).status_code == 200
    theirs = await ask(counselor, "explain", finding=foreign)
    assert theirs.status_code == 404
    assert theirs.json()["detail"] == f"no finding begins with {foreign!r}"


async def test_a_patient_sees_their_own_record(api: Api, clinic: Backend) -> None:
    patient_id = reports(clinic).patient_of("OA1008")
    patient = await api.signed_in(Grant(Role.PATIENT, FACILITY, patient_id=patient_id))
    page = (await ask(patient, "patient", patient_id=patient_id)).json()["page"]
    assert page["name"] == "Oto Usher"
    assert "drug_tests" not in page
    rows = await paged(patient, "visits")
    assert {each["patient_id"] for each in rows} == {patient_id}
    other = reports(clinic).patient_of("OA1031")
    assert (await ask(patient, "patient", patient_id=other)).status_code == 404
    assert (await ask(patient, "findings")).status_code == 403


async def test_what_a_role_does_not_need_is_left_out(api: Api, clinic: Backend) -> None:
    patient_id = reports(clinic).patient_of("OA1008")
    desk = await api.signed_in(Grant(Role.FRONT_DESK, FACILITY))
    page = (await ask(desk, "patient", patient_id=patient_id)).json()["page"]
    assert {"name", "mrn", "next_sessions"} <= page.keys()
    assert not page.keys() & {"assessments", "screening", "drug_tests", "consents", "plan"}
    # Of one of their own patients a counselor at the desk sees what counselors see.
    both = await api.signed_in(Grant(Role.FRONT_DESK, FACILITY), DIAZ)
    [mine, *_] = sorted(own(clinic, "s-diaz")[0])
    assert "plan" in (await ask(both, "patient", patient_id=mine)).json()["page"]
    [foreign, *_] = sorted(
        QUESTIONS["patients"](reports(clinic), name="ma").patients - own(clinic, "s-diaz")[0]
    )
    assert "plan" not in (await ask(both, "patient", patient_id=foreign)).json()["page"]


async def test_at_another_facility_nothing_is_there(api: Api) -> None:
    stranger = await api.signed_in(Grant(Role.DIRECTOR, "elsewhere"))
    answer = await ask(stranger, "visits")
    assert answer.status_code == 404
    assert said(answer) == said(await stranger.get(f"/v1/facilities/{FACILITY}/weeks"))
    assert (await ask(stranger, "facilities")).json()["items"] == []
    everywhere = await api.signed_in(Grant(Role.DIRECTOR))
    assert [each["facility_id"] for each in (await ask(everywhere, "facilities")).json()["items"]]
    nowhere = await everywhere.get("/v1/facilities/nowhere/visits")
    assert nowhere.status_code == 404


async def test_a_token_asks_what_its_scopes_name(api: Api) -> None:
    client = await api.client(headers=api.token("billable"))
    assert (await ask(client, "billable", limit=1)).status_code == 200
    assert (await ask(client, "weeks", limit=1)).status_code == 403
    assert (await (await api.client()).get(f"{PATH}/weeks")).status_code == 401


# Who looked


async def test_who_looks_is_on_record_with_all_patients_of_the_page(
    api: Api, clinic: Backend
) -> None:
    director = await api.director()
    rows = (await ask(director, "visits", limit=30)).json()["items"]
    [logged] = api.looked(limit=1)
    assert (logged.entry.what, logged.entry.outcome) == ("visits", "shown")
    assert set(logged.entry.patient_ids) == {each["patient_id"] for each in rows}
    before = len(api.looked())
    for name in ("schedule", "sessions", "facilities"):
        await ask(director, name)
    assert len(api.looked()) == before
    patient_id = reports(clinic).patient_of("OA1008")
    await ask(director, "schedule", patient_id=patient_id)
    [logged] = api.looked(limit=1)
    assert (logged.entry.what, list(logged.entry.patient_ids)) == ("schedule", [patient_id])


async def test_nothing_is_shown_where_it_cannot_be_put_on_record(api: Api, clinic: Backend) -> None:
    director = await api.director()
    clinic.run("ALTER TABLE access.log RENAME TO log_away")
    try:
        answer = await ask(director, "visits", limit=1)
        assert answer.status_code >= 500
        assert b"OA1" not in answer.content
    finally:
        clinic.run("ALTER TABLE access.log_away RENAME TO log")


async def test_a_page_is_on_record_before_it_is_shown_and_once_while_it_stays_open(
    api: Api, clinic: Backend
) -> None:
    director, other = await api.director(), await api.director()
    page = f"/facilities/{FACILITY}/today?day=2026-11-19"
    clinic.run("ALTER TABLE access.log RENAME TO log_away")
    try:
        answer = await director.get(page)
        assert answer.status_code >= 500
        assert "/patients/" not in answer.text
    finally:
        clinic.run("ALTER TABLE access.log_away RENAME TO log")
    before = len(api.looked())
    assert "/patients/" in (await director.get(page)).text
    [logged] = api.looked(limit=1)
    assert (logged.entry.what, logged.entry.outcome) == ("roster", "shown")
    again = (await director.get(page)).text
    assert all(each in again for each in logged.entry.patient_ids)
    assert len(api.looked()) == before + 1
    await other.get(page)
    assert len(api.looked()) == before + 2


async def test_an_emergency_opens_what_the_role_does_not_show(api: Api, clinic: Backend) -> None:
    patient_id = reports(clinic).patient_of("OA1008")
    desk = await api.signed_in(Grant(Role.FRONT_DESK, FACILITY))
    why = {"daybook-purpose": "emergency", "daybook-reason": "found unconscious in room 1"}
    page = (await ask(desk, "patient", why, patient_id=patient_id)).json()["page"]
    assert "plan" in page
    [logged] = api.looked(limit=1)
    assert logged.entry.emergency
    assert logged.entry.reason == "found unconscious in room 1"
    biller = await api.signed_in(Grant(Role.BILLER, FACILITY))
    assert (await ask(biller, "patient", why, patient_id=patient_id)).status_code == 403


# Positions


async def test_one_reads_ones_own_write(api: Api, clinic: Backend) -> None:
    director = await api.director()
    room = {"room": {"room_id": "room-9", "name": "Attic", "capacity": 3}}
    async with clinic.supervisor(*VIEWS, clock=lambda: NOW) as supervisor:
        await supervisor.caught_up(clinic.journal.position())
        done = await send(director, "facility.keep-room", room, f"key-{uuid.uuid4()}")
        position = done.json()["position"]
        for given in ({"after": position}, {}):
            headers = {} if given else {"daybook-after": str(position)}
            answer = await ask(director, "facilities", headers, **given)
            assert int(answer.headers["daybook-position"]) >= position
            assert "daybook-behind" not in answer.headers
            [site] = answer.json()["items"]
            assert "Attic" in {each["name"] for each in site["rooms"]}


async def test_what_does_not_come_in_time_is_said(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "PATIENCE", 0.05)
    director = await api.director()
    answer = await ask(director, "visits", limit=1, after=10**9)
    assert answer.headers["daybook-behind"] == "true"
    assert int(answer.headers["daybook-position"]) < 10**9
    assert answer.json()["items"]


async def test_before_the_views_are_there_it_is_said(backend: Backend) -> None:
    async with running_api(backend) as api:
        answer = await ask(await api.director(), "visits")
    assert answer.status_code == 503
    assert answer.json()["type"] == "daybook:problem:being-made"
