"""Attempts at another's data: each is answered as what is not there is, and is on record."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import httpx2
import orjson
import pytest
import pytest_asyncio

from services.access.access_log import Entry, Logged
from services.access.principal import Grant, Role
from services.access.rights_rows import OWN
from services.access.rights_table import RIGHTS
from services.api import changes, evenly, questions
from services.command_endpoint import COMMANDS
from services.embedded import Engines
from services.hosting.bootstrap import VIEWS
from tests.support.backend import PATIENCE, fresh_backend
from tests.support.commands_about import mixed
from tests.support.http_api import Api, running_api, send
from tests.support.raw_http import Connection
from tests.support.two_clinics import (
    HERE,
    NOBODY,
    NOW,
    OWN_STAFF,
    THERE,
    Clinics,
    Known,
    two_clinics,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT = f"/v1/facilities/{HERE}"
ELSEWHERE = f"/v1/facilities/{THERE}"
EMERGENCY = {"daybook-purpose": "emergency", "daybook-reason": "found unconscious"}
DIAZ = Grant(Role.COUNSELOR, HERE, OWN_STAFF)


@pytest.fixture(scope="module")
def clinics(shared_engines: Engines) -> Iterator[Clinics]:
    with fresh_backend(shared_engines) as backend:
        yield asyncio.run(two_clinics(backend))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(clinics: Clinics) -> AsyncIterator[Api]:
    async with running_api(clinics.backend, clock=lambda: NOW) as running:
        yield running


@pytest.fixture
def since(api: Api) -> "Since":
    return Since(api, [each.entry_id for each in api.looked(limit=1)])


class Since:
    """What is on record since a test began."""

    def __init__(self, api: Api, last: list[int]) -> None:
        self._api = api
        self._last = max(last, default=0)

    def entries(self) -> list[Entry]:
        """Return the entries in the order of their coming."""
        found: list[Logged] = self._api.looked()
        return [each.entry for each in reversed(found) if each.entry_id > self._last]

    def all_refused(self) -> list[Entry]:
        """Return them, each of which is about a request that was refused."""
        found = self.entries()
        assert {each.outcome for each in found} == {"refused"}
        return found


def said(answer: httpx2.Response) -> tuple[int, bytes, dict[str, str]]:
    """Return all that is answered, but for the time."""
    return answer.status_code, answer.content, {**answer.headers, "date": ""}


# What is somebody else's


def asked_of(known: Known) -> list[tuple[str, str, dict[str, Any] | None]]:
    """Return the ways in which a patient can be asked about, and what is sent about them."""
    by_id = ("patient", "visits", "weeks", "findings", "deadlines", "at-risk", "roster", "slipping")
    first, her = known.sessions[4], {"patient_id": known.patient_id}
    return [
        *(("GET", f"{AT}/{name}?patient_id={known.patient_id}", None) for name in by_id),
        ("GET", f"{AT}/roster?session_id={first}", None),
        ("GET", f"{AT}/sessions?session_id={first}", None),
        ("POST", f"{AT}/patients/search", {"mrn": known.mrn}),
        ("POST", f"{AT}/patients/search", {"name": known.family_name}),
        ("POST", f"{AT}/commands/session.check-in", her | {"session_id": first}),
        ("POST", f"{AT}/commands/session.start", {"session_id": first}),
        ("POST", f"{AT}/commands/patient.book-repair", her | {"session_ids": [first]}),
        (
            "POST",
            f"{AT}/commands/assessment.acknowledge-concern",
            {"assessment_id": known.assessment_id, "response": "assessed-further"},
        ),
    ]


@pytest.mark.parametrize("role", [Role.COUNSELOR, Role.DIRECTOR, Role.FRONT_DESK, Role.AUDITOR])
async def test_whoever_is_not_theirs_is_answered_as_nobody_and_it_is_on_record(
    api: Api, clinics: Clinics, since: Since, role: Role
) -> None:
    one = await api.signed_in(DIAZ if role is Role.COUNSELOR else Grant(role, HERE))
    foreign = [clinics.there.own, clinics.there.other]
    if role is Role.COUNSELOR:
        foreign.append(clinics.here.other)
    for known in foreign:
        for theirs, nobodys in zip(asked_of(known), asked_of(NOBODY), strict=True):
            keys = ({"idempotency-key": f"{known.mrn}-{each}"} for each in ("theirs", "nobodys"))
            answers = [
                await one.request(method, path, json=body, headers=key)
                for (method, path, body), key in zip((theirs, nobodys), keys, strict=True)
            ]
            assert said(answers[0]) == said(answers[1]), theirs
            assert not any(each in answers[0].content for each in known.secrets), theirs
    # By id it is on record at whom they looked; by name nobody knows whom they meant.
    tried = [each for each in since.entries() if known.patient_id in each.patient_ids]
    assert len(tried) >= 8
    assert {each.outcome for each in tried} == {"refused"}


async def test_a_patient_is_answered_about_themselves_alone(
    api: Api, clinics: Clinics, since: Since
) -> None:
    own = clinics.here.own
    patient = await api.signed_in(Grant(Role.PATIENT, HERE, patient_id=own.patient_id))
    for known in (clinics.here.other, clinics.there.own):
        for theirs, nobodys in zip(asked_of(known), asked_of(NOBODY), strict=True):
            answers = [
                await patient.request(method, path, json=body, headers={"idempotency-key": "one"})
                for method, path, body in (theirs, nobodys)
            ]
            assert said(answers[0]) == said(answers[1]), theirs
            assert answers[0].status_code in {403, 404}, theirs
    since.all_refused()
    everything = [await patient.get(f"{AT}/{name}") for name in ("visits", "weeks", "schedule")]
    for answer in everything:
        assert answer.status_code == 200
        assert not any(each in answer.content for each in clinics.here.other.secrets)
    assert own.mrn.encode() in everything[0].content


@pytest.mark.parametrize("role", [Role.COUNSELOR, Role.PATIENT])
async def test_one_id_of_somebody_else_among_ones_own_is_nobodys(
    api: Api, clinics: Clinics, since: Since, role: Role
) -> None:
    own, keys = clinics.here.own, count()
    patient = Grant(Role.PATIENT, HERE, patient_id=own.patient_id)
    one = await api.signed_in(patient if role is Role.PATIENT else DIAZ)
    for command in [each for each in COMMANDS if RIGHTS[each].may.get(role) is OWN]:
        nobodys = list(mixed(command, own, NOBODY))
        for foreign in (clinics.here.other, clinics.there.own):
            for pair in zip(mixed(command, own, foreign), nobodys, strict=True):
                answers = [await send(one, command, each, f"{role}-{next(keys)}") for each in pair]
                assert said(answers[0]) == said(answers[1]), (command, pair)
                assert answers[0].status_code in {403, 404}, (command, pair)
    assert len(since.all_refused()) == next(keys) > 0


async def test_another_facility_is_not_there_whatever_it_is_asked(
    api: Api, clinics: Clinics, since: Since
) -> None:
    director = await api.director()
    for method, path, body in asked_of(clinics.there.own):
        for key, facility_id in enumerate((THERE, "nine-street")):
            there = path.replace(HERE, facility_id)
            answer = await director.request(
                method, there, json=body, headers={"idempotency-key": f"key-{key}"}
            )
            assert answer.status_code == 404
            assert answer.json()["detail"] == f"there is no facility {facility_id}"
    for facility_id in (THERE, "nine-street"):
        for name in ("access-log", "emergencies", "changes"):
            assert (await director.get(f"/v1/facilities/{facility_id}/{name}")).status_code == 404
    assert len(since.all_refused()) == 2 * (len(asked_of(NOBODY)) + 3)


async def test_a_filter_narrows_what_is_ones_own_and_adds_nothing(
    api: Api, clinics: Clinics
) -> None:
    counselor = await api.signed_in(DIAZ)
    own, other = clinics.here.own, clinics.here.other
    for query in (
        *(f"patient_id={own.patient_id}&patient_id={other.patient_id}", "staff_id=s-lind"),
        *(f"session_id={other.sessions[4]}", "room_id=room-2", f"facility_id={THERE}"),
        *(f"patient_id={other.patient_id}&patient_id={own.patient_id}", "limit=1000"),
        *(f"patient%5Fid={other.patient_id}", "through=2999-01-01", "day=2025-03-10"),
        *("week=2025-03-03", "patient_id=", "patient_id=%25", "staff_id=%27%20or%20true--"),
    ):
        for name in ("roster", "sessions", "visits", "weeks", "schedule", "findings", "deadlines"):
            answer = await counselor.get(f"{AT}/{name}?{query}")
            assert answer.status_code in {200, 400, 404, 422}, (name, query, answer.text)
            for secret in (*other.secrets, *(each.encode() for each in other.sessions)):
                assert secret not in answer.content, (name, query)


async def test_how_long_a_refusal_takes_is_rounded_up(
    api: Api, clinics: Clinics, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def until_a_step(began: float) -> None:
        waited.append(began)

    monkeypatch.setattr(evenly, "until_a_step", until_a_step)
    counselor = await api.signed_in(DIAZ)
    for number, known in enumerate((clinics.here.other, clinics.there.own, NOBODY)):
        await counselor.get(f"{AT}/patient?patient_id={known.patient_id}")
        begun = {"session_id": known.sessions[2]}
        await send(counselor, "session.start", begun, f"rounded-{number}")
        assert len(waited) == 2 * (number + 1)
    own = f"{AT}/patient?patient_id={clinics.here.own.patient_id}"
    assert (await counselor.get(own)).status_code == 200
    assert len(waited) == 6


# Cursors and tags


async def test_a_cursor_is_good_for_nothing_else(api: Api) -> None:
    director = await api.director()
    counselor = await api.signed_in(DIAZ, account="cursor-ana")
    page = (await director.get(f"{AT}/visits?limit=1")).json()
    cursor = page["next"]
    both = await api.signed_in(
        Grant(Role.DIRECTOR, HERE), Grant(Role.DIRECTOR, THERE), account="of-two"
    )
    theirs = (await both.get(f"{ELSEWHERE}/visits?limit=1")).json()["next"]
    half = len(cursor) // 2
    turned = cursor[:half] + ("A" if cursor[half] != "A" else "B") + cursor[half + 1 :]
    refused = [
        await counselor.get(f"{AT}/visits?limit=1&cursor={cursor}"),
        await both.get(f"{AT}/visits?limit=1&cursor={theirs}"),
        await both.get(f"{AT}/visits?limit=1&cursor={cursor}"),
        await director.get(f"{AT}/weeks?limit=1&cursor={cursor}"),
        *[
            await director.get(f"{AT}/visits?limit=1&cursor={each}")
            for each in (turned, cursor[:-4], cursor + "AAAA", cursor * 2, "A" * 7999, "-")
        ],
    ]
    assert {(each.status_code, each.content) for each in refused} == {(400, refused[0].content)}
    assert refused[0].json()["type"] == "daybook:problem:bad-cursor"
    # In an emergency it goes on where it was, and that is on record as one.
    again = await director.get(f"{AT}/visits?limit=1&cursor={cursor}", headers=EMERGENCY)
    assert again.json()["items"] != page["items"]


async def test_the_tag_of_an_answer_tells_nobody_else_anything(
    api: Api, clinics: Clinics, since: Since
) -> None:
    director, other = await api.director(), clinics.here.other
    of_other = f"{AT}/patient?patient_id={other.patient_id}"
    tag = (await director.get(of_other)).headers["etag"]
    tags = {"if-none-match": f'{tag}, *, W/"{"0" * 32}"'}
    assert (await director.get(of_other, headers=tags)).status_code == 304
    counselor = await api.signed_in(DIAZ)
    nobodys = await counselor.get(f"{AT}/patient?patient_id={NOBODY.patient_id}", headers=tags)
    assert said(await counselor.get(of_other, headers=tags)) == said(nobodys)
    assert nobodys.status_code == 404
    assert "etag" not in nobodys.headers
    assert (await counselor.get(f"{ELSEWHERE}/visits", headers=tags)).status_code == 404
    # What is left out for a role has a tag of its own.
    desk = await api.signed_in(Grant(Role.FRONT_DESK, HERE))
    part = await desk.get(of_other, headers=tags)
    assert part.status_code == 200
    assert part.headers["etag"] != tag
    # That it is still the same is shown, too.
    assert [each.outcome for each in since.entries()].count("shown") == 3


# Addresses


@pytest.mark.parametrize(
    "path",
    [
        *("/v1/accounts/%00/disable", "/v1/accounts/a%00b/grants", "/v1/tokens/%00"),
        *("/v1/sign-ins/%00", f"{AT}/access-log%00", "/v1/facilities/%00/access-log"),
        *(f"{AT}/access-log?patient_id=%00", f"{AT}/access-log?account=a%00b"),
    ],
)
async def test_what_no_text_holds_is_refused_and_fails_nowhere(api: Api, path: str) -> None:
    everybody = await api.signed_in(Grant(Role.ADMINISTRATOR), Grant(Role.COMPLIANCE))
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = await everybody.request(method, path, json={"grants": []})
        assert answer.status_code in {400, 405}, (method, answer.text)


@pytest.mark.parametrize(
    "path",
    [
        *(f"{AT}/%2e%2e/{THERE}/visits", f"{AT}%2f..%2f{THERE}/visits", f"{AT}/visits/"),
        *(f"/{AT}/visits", f"{AT}//visits", f"{AT}/visits;a=b", "/V1/facilities/x/visits"),
        *(f"{AT}/commands%2f", "/docs/../v1/me", f"{AT}/visits%EF%BC%8F"),
    ],
)
async def test_an_address_is_what_it_is_and_nothing_like_it(api: Api, path: str) -> None:
    director = await api.director()
    connection = await Connection.open(api.url)  # a client would tidy the address
    cookie = {"cookie": f"daybook_session={director.cookies['daybook_session']}"}
    answer = await connection.ask("GET", path, cookie)
    assert (answer.status, answer.said["type"]) == (404, "daybook:problem:no-such-page")
    connection.leave()


async def test_another_way_to_ask_is_refused_whoever_it_is_about(
    api: Api, clinics: Clinics
) -> None:
    counselor, nobody = await api.signed_in(DIAZ), await api.client()
    known = (clinics.here.own, clinics.here.other, clinics.there.own, NOBODY)
    for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
        answers = [
            await client.request(method, f"{AT}/patient?patient_id={each.patient_id}")
            for each in known
            for client in (counselor, nobody)
        ]
        assert {each.status_code for each in answers} == {405}
        assert {each.content for each in answers} == {answers[0].content}
        assert {each.headers["allow"] for each in answers} == {"GET"}


# Headers


async def test_what_a_proxy_would_say_is_not_believed(
    api: Api, clinics: Clinics, since: Since
) -> None:
    counselor = await api.signed_in(DIAZ, account="proxied")
    of_other = f"{AT}/patient?patient_id={clinics.here.other.patient_id}"
    for name, value in (
        *(("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=192.0.2.1;proto=https")),
        *(("x-real-ip", "192.0.2.1"), ("x-forwarded-proto", "https"), ("x-user", "admin")),
        *(("x-http-method-override", "DELETE"), ("x-original-url", f"{ELSEWHERE}/visits")),
        *(("x-forwarded-host", "evil.example"), ("x-forwarded-prefix", ELSEWHERE)),
    ):
        assert (await counselor.get(of_other, headers={name: value})).status_code == 404, name
    assert {each.address for each in since.all_refused()} == {"127.0.0.1"}


async def test_a_token_beside_a_cookie_is_who_asks(api: Api, clinics: Clinics) -> None:
    director = await api.director()
    kiosk = api.token("session.check-in", name="beside", role=Role.KIOSK)
    of_own = f"{AT}/patient?patient_id={clinics.here.own.patient_id}"
    assert (await director.get(of_own)).status_code == 200
    assert (await director.get(of_own, headers=kiosk)).status_code == 403
    assert (await director.get("/v1/me", headers=kiosk)).json()["account"] == "beside"
    session = director.cookies["daybook_session"]
    token = kiosk["authorization"].removeprefix("Bearer ")
    for wrong in (
        *("Bearer", "bearer", f"Bearer {session}", "Bearer dbk_x", f"bearer {token}x"),
        *(f"Bearer {token},{token}", f"Bearer {token.upper()}", "Bearer \xff"),
    ):
        given = {b"authorization": wrong.encode("latin-1")}
        assert (await director.get(of_own, headers=given)).status_code == 401, wrong
    # A scheme that is none of ours is none: the cookie counts, and it counts as what it is.
    basic = {"authorization": "Basic YTpi"}
    assert (await director.get("/v1/me", headers=basic)).json()["via"] == "password"
    client = await api.client(cookies={"daybook_session": token})
    assert (await client.get("/v1/me")).status_code == 401


async def test_a_position_that_will_never_come_is_not_waited_for_for_long(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "PATIENCE", 0.01)
    director = await api.director()
    for after in (10**6, 2**53, 2**63 - 1):
        answer = await director.get(f"{AT}/visits", headers={"daybook-after": str(after)})
        assert (answer.status_code, answer.headers["daybook-behind"]) == (200, "true")
        assert int(answer.headers["daybook-position"]) < 10**6
    for wrong in ("-1", str(2**63), "1e9", "٣", "1 or 1", "9" * 400):
        given = {b"daybook-after": wrong.encode()}
        assert (await director.get(f"{AT}/visits", headers=given)).status_code == 400, wrong


# Sign-ins and tokens


async def test_a_sign_in_that_somebody_else_planted_is_not_gone_on_with(api: Api) -> None:
    password = api.access.accounts.add("victim", "Vic Tim", [Grant(Role.DIRECTOR, HERE)])
    api.access.accounts.add("mallory", "Mallory", [Grant(Role.KIOSK, HERE)], with_password=False)
    planted = api.access.sessions.begin("mallory", "password", "treatment", "127.0.0.1")
    for cookie in (planted, "chosen-by-somebody-else", "", "a" * 4000):
        client = await api.client(cookies={"daybook_session": cookie})
        signed_in = await client.post(
            "/v1/sign-in", json={"account": "victim", "password": password}
        )
        assert signed_in.json()["account"] == "victim"
        made = signed_in.cookies["daybook_session"]
        assert made not in {planted, cookie}
    stranger = await api.client(cookies={"daybook_session": planted})
    assert (await stranger.get("/v1/me")).json()["account"] == "mallory"


async def test_a_page_of_another_site_signs_nobody_in_or_out(api: Api) -> None:
    password = api.access.accounts.add("mallet", "Mallet", [Grant(Role.KIOSK, HERE)])
    said_by_a_form = b'{"account": "mallet", "password": "%b"}' % str(password).encode()
    client = await api.client()
    for headers in (
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json", "sec-fetch-site": "cross-site"},
        {"content-type": "application/json", "origin": "https://evil.example"},
        {"content-type": "application/json", "origin": "null"},
        {
            **{"content-type": "application/json", "sec-fetch-site": "cross-site"},
            **{"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
        },
    ):
        answer = await client.post("/v1/sign-in", content=said_by_a_form, headers=headers)
        assert answer.status_code in {403, 415}, headers
        assert "set-cookie" not in answer.headers
    director = await api.director()
    out = await director.post("/v1/sign-out", headers={"origin": "https://evil.example"})
    assert out.status_code == 403
    assert (await director.get("/v1/me")).status_code == 200


async def test_a_key_is_known_to_whoever_used_it_alone(api: Api) -> None:
    first, second = await api.director(), await api.director()
    person = {"mrn": "KEY1", "given_name": "Key", "family_name": "Holder", "born": "1990-01-31"}
    referral = {"program_id": "adult-iop", "day": "2025-03-12", "by": "self", "origin": "inpatient"}
    wanted = {"person": person, "referral": referral}
    made = await send(first, "patient.refer", wanted, "the-same-key")
    assert made.status_code == 200, made.text
    assert (await send(first, "patient.refer", wanted, "the-same-key")).json() == made.json()
    theirs = await send(second, "patient.refer", wanted, "the-same-key")
    # It is a referral of their own, of somebody who is known already.
    assert not ids_of_events(theirs) & ids_of_events(made)
    there = await api.signed_in(Grant(Role.DIRECTOR, THERE))
    assert (await send(there, "patient.refer", wanted, "the-same-key")).status_code == 404
    elsewhere = await send(there, "patient.refer", wanted, "the-same-key", THERE)
    assert elsewhere.json()["result"] != made.json()["result"]


def ids_of_events(answer: httpx2.Response) -> set[str]:
    return {each["id"] for each in answer.json()["events"]}


async def test_a_password_that_somebody_else_knows_is_not_chosen_again(api: Api) -> None:
    given = api.access.accounts.add("newcomer", "New Comer", [Grant(Role.DIRECTOR, HERE)])
    client = await api.client()
    await client.post("/v1/sign-in", json={"account": "newcomer", "password": given})
    same = await client.post("/v1/password", json={"password": given, "new_password": given})
    assert (same.status_code, same.json()["type"]) == (422, "daybook:problem:unfit")
    assert (await client.get(f"{AT}/visits")).status_code == 403


async def test_a_token_is_good_for_its_scopes_at_its_facility_as_long_as_it_is_good(
    api: Api, clinics: Clinics
) -> None:
    administrator, client = await api.administrator(), await api.client()
    token = api.token("visits", name="reader")
    assert (await client.get(f"{AT}/visits", headers=token)).status_code == 200
    assert (await client.get(f"{AT}/weeks", headers=token)).status_code == 403
    assert (await client.get(f"{ELSEWHERE}/visits", headers=token)).status_code == 404
    assert (await client.get(f"{AT}/visits", headers=token | EMERGENCY)).status_code == 403
    assert (await client.get(f"{AT}/patient", headers=token | EMERGENCY)).status_code in {400, 403}
    assert (await send(client, "session.start", {"session_id": "x"}, **token)).status_code == 403
    for scope, role in (
        *(("accounts", "service"), ("access-log", "service"), ("emergency-access", "service")),
        *(("visits", "kiosk"), ("patient", "kiosk"), ("*", "service"), ("", "service")),
        *(("visits", "director"), ("accounts", "administrator")),
    ):
        wanted = {"name": "more", "role": role, "facility_id": HERE, "scopes": [scope], "days": 3}
        answer = await administrator.post("/v1/tokens", json=wanted)
        assert answer.status_code == 422, (scope, role)
    # Told to end, it ends at once; and once it expired, it is none.
    assert (await administrator.delete("/v1/tokens/reader")).json() == {"changed": True}
    ended = [token, api.token("visits", name="expired")]
    clinics.backend.run("UPDATE access.tokens SET expires_at = made_at WHERE name = 'expired'")
    nobodys = await client.get(f"{AT}/visits", headers={"authorization": "Bearer dbk_nobodys"})
    assert nobodys.status_code == 401
    for each in ended:
        assert said(await client.get(f"{AT}/visits", headers=each)) == said(nobodys)


# Emergencies


async def test_an_emergency_changes_nothing_and_opens_nothing_but_questions(
    api: Api, clinics: Clinics, since: Since
) -> None:
    director = await api.director()
    administrator = await api.administrator()
    officer = await api.signed_in(Grant(Role.COMPLIANCE, HERE), account="cora")
    waiting = (await officer.get("/v1/me")).json()["emergencies_waiting"]
    about = {"patient_id": clinics.here.own.patient_id, "justified_on": "2025-03-10"}
    refused = [
        await send(director, "patient.justify-stay", about, "key-1", **EMERGENCY),
        await send(director, "facility.revise", {}, "key-2", "nowhere", **EMERGENCY),
        await officer.get(f"{AT}/access-log", headers=EMERGENCY),
        await officer.get(f"{AT}/emergencies", headers=EMERGENCY),
        await administrator.get("/v1/accounts", headers=EMERGENCY),
        await administrator.post("/v1/accounts/cora/disable", headers=EMERGENCY),
    ]
    for answer in (refused[0], *refused[2:]):
        assert answer.status_code == 403, answer.text
        assert answer.json()["detail"].startswith("an emergency opens questions"), answer.text
    # What was refused opened nothing that somebody has to look into.
    assert (await officer.get("/v1/me")).json()["emergencies_waiting"] == waiting
    [tried] = [each for each in since.entries() if each.what == "patient.justify-stay"]
    assert (tried.emergency, tried.outcome) == (True, "refused")
    assert (await send(director, "patient.justify-stay", about, "key-1")).status_code != 403


async def test_an_emergency_opens_questions_where_one_has_a_role_and_waits_to_be_looked_into(
    api: Api, clinics: Clinics, since: Since
) -> None:
    other, there = clinics.here.other, clinics.there.own
    counselor = await api.signed_in(DIAZ, account="anas")
    of_other = f"{AT}/patient?patient_id={other.patient_id}"
    assert (await counselor.get(of_other)).status_code == 404
    opened = await counselor.get(of_other, headers=EMERGENCY)
    assert other.mrn.encode() in opened.content
    assert (await counselor.get(of_other)).status_code == 404
    desk = await api.signed_in(Grant(Role.FRONT_DESK, HERE), account="desks")
    assert (await desk.get(f"{AT}/findings")).status_code == 403
    assert (await desk.get(f"{AT}/findings", headers=EMERGENCY)).status_code == 200
    # Nobody of another facility, and no other facility.
    for one in (counselor, desk):
        theirs, nobodys = [
            await one.get(f"{AT}/patient?patient_id={each.patient_id}", headers=EMERGENCY)
            for each in (there, NOBODY)
        ]
        assert said(theirs) == said(nobodys)
        assert theirs.status_code == 404
        for name in ("visits", f"patient?patient_id={there.patient_id}"):
            there_and_nowhere = [
                await one.get(f"/v1/facilities/{each}/{name}", headers=EMERGENCY)
                for each in (THERE, "nine-street")
            ]
            assert said(there_and_nowhere[0]) == said(there_and_nowhere[1])
            assert there_and_nowhere[0].status_code == 403
    found = [each for each in since.entries() if each.emergency]
    shown = [(each.account, each.what) for each in found if each.outcome == "shown"]
    assert shown == [("anas", "patient"), ("desks", "findings")]
    assert len(found) == 2 + 2 * 6
    assert {each.reason for each in found} == {EMERGENCY["daybook-reason"]}
    officer = await api.signed_in(Grant(Role.COMPLIANCE, HERE))
    waiting = (await officer.get(f"{AT}/emergencies")).json()
    assert [(each["account"], each["patient_ids"]) for each in waiting[1:2]] == [
        ("anas", [other.patient_id])
    ]
    assert waiting[0]["account"] == "desks"
    elsewhere = await api.signed_in(Grant(Role.COMPLIANCE, THERE))
    assert (await elsewhere.get(f"{ELSEWHERE}/emergencies")).json() == []


@pytest.mark.parametrize(
    "role", [Role.BILLER, Role.AUDITOR, Role.ADMINISTRATOR, Role.KIOSK, Role.PATIENT, Role.SERVICE]
)
async def test_an_emergency_opens_nothing_to_whoever_has_no_patients_before_them(
    api: Api, clinics: Clinics, since: Since, role: Role
) -> None:
    own, other = clinics.here.own, clinics.here.other
    grant = Grant(role, None if role is Role.ADMINISTRATOR else HERE)
    if role is Role.PATIENT:
        grant = Grant(role, HERE, patient_id=own.patient_id)
    one = await api.signed_in(grant)
    if role is Role.SERVICE:
        one = await api.client(headers=api.token("patient", "findings", name="program"))
    for known in (own, other, clinics.there.own, NOBODY):
        path = f"{AT}/patient?patient_id={known.patient_id}"
        assert (await one.get(path, headers=EMERGENCY)).status_code == 403
    assert (await one.get(f"{AT}/findings", headers=EMERGENCY)).status_code == 403
    assert len(since.all_refused()) == 5


@pytest.mark.parametrize(
    "reason", ["", "  ", "no", "x" * 501, "a\x07b", "\x1b[2J gone", "\x00\x00\x00", None]
)
async def test_an_emergency_needs_a_reason_in_words(
    api: Api, clinics: Clinics, since: Since, reason: str | None
) -> None:
    counselor = await api.signed_in(DIAZ)
    cookie = {"cookie": f"daybook_session={counselor.cookies['daybook_session']}"}
    headers = {"daybook-purpose": "emergency"} | cookie
    if reason is not None:
        headers["daybook-reason"] = reason
    connection = await Connection.open(api.url)  # a client would refuse some of these itself
    path = f"{AT}/patient?patient_id={clinics.here.other.patient_id}"
    answer = await connection.ask("GET", path, headers)
    assert answer.status == 400
    assert clinics.here.other.mrn.encode() not in answer.body
    connection.leave()
    assert since.entries() == []


async def test_whoever_watches_over_every_facility_is_told_of_every_emergency(api: Api) -> None:
    everywhere = await api.signed_in(Grant(Role.COMPLIANCE))
    before = (await everywhere.get("/v1/me")).json()["emergencies_waiting"]
    for facility_id in (HERE, THERE):
        entry = Entry(
            *(
                "jo",
                "Jo Park",
                ("front-desk",),
                facility_id,
                "patient",
                (),
                "treatment",
                "10.0.0.9",
            ),
            via="password",
            emergency=True,
            reason="found unconscious",
        )
        api.access.log.record(entry)
    assert (await everywhere.get("/v1/me")).json()["emergencies_waiting"] == before + 2


# What changes


@asynccontextmanager
async def followed(client: httpx2.AsyncClient, **headers: str) -> AsyncIterator["Stream"]:
    async with client.stream("GET", f"{AT}/changes", headers=headers) as answer:
        assert answer.status_code == 200
        stream = Stream(answer.aiter_lines())
        async with asyncio.timeout(PATIENCE):
            yield stream


class Stream:
    """What somebody is sent who follows what changes."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.events: list[dict[str, Any]] = []

    async def begins(self) -> None:
        """Wait until it is said from where on changes are sent."""
        async for line in self._lines:
            if line.startswith("id: "):
                return

    async def reads_to(self, position: int) -> None:
        """Read events up to that of a position."""
        async for line in self._lines:
            if line.startswith("data: "):
                self.events.append(orjson.loads(line.removeprefix("data: ")))
                if self.events[-1]["position"] >= position:
                    return

    async def ends(self) -> None:
        """Read until the answer ends, whole."""
        async for line in self._lines:
            if line.startswith("data: "):
                self.events.append(orjson.loads(line.removeprefix("data: ")))


async def test_whoever_follows_is_told_of_what_is_theirs_however_far_they_go_back(
    api: Api, clinics: Clinics
) -> None:
    director = await api.director()
    counselor, desk = await api.signed_in(DIAZ), await api.signed_in(Grant(Role.FRONT_DESK, HERE))
    program = await api.client(headers=api.token("changes", name="follower"))
    own, other = clinics.here.own, clinics.here.other
    site = {"name": "Oak Street", "week_starts_on": "monday", "late_after_minutes": 11}
    async with clinics.backend.supervisor(*VIEWS, clock=lambda: NOW):
        done = await send(director, "facility.revise", site, "followed-1")
        last, told = done.json()["position"], {}
        for who, one in {"ana": counselor, "desk": desk, "program": program}.items():
            async with followed(one, **{"last-event-id": "0-0"}) as stream:
                await stream.reads_to(last)
            told[who] = stream.events
    strangers = {clinics.there.own.patient_id, clinics.there.other.patient_id}
    strangers |= {*clinics.there.own.sessions, *clinics.there.other.sessions}
    for who, events in told.items():
        named = {each[name] for each in events for name in ("patient_id", "session_id")}
        assert {own.patient_id, *own.sessions} <= named, who
        assert not named & strangers, who
        assert ({other.patient_id, *other.sessions} & named == set()) == (who == "ana"), who
    # What is clinical is for whoever may see it on a patient's page.
    clinical = {each["type"] for each in told["ana"] if each["type"].startswith("assessment")}
    assert clinical
    for who in ("desk", "program"):
        assert not clinical & {each["type"] for each in told[who]}, who


@pytest.mark.parametrize("end", ["sign-out", "disable", "grants", "revoke", "reset"])
async def test_nobody_follows_on_who_may_no_longer(
    api: Api, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr(changes, "ASK_AGAIN", 0.05)
    account = f"ended-by-{end}"
    one = await api.signed_in(Grant(Role.DIRECTOR, HERE), account=account)
    if end == "revoke":
        one = await api.client(headers=api.token("changes", name=account + "-token"))
    async with followed(one) as stream:
        await stream.begins()
        match end:
            case "sign-out":
                assert (await one.post("/v1/sign-out")).status_code == 204
            case "disable":
                api.access.accounts.disable(account)
            case "grants":
                api.access.accounts.set_grants(account, [Grant(Role.BILLER, HERE)])
            case "revoke":
                api.access.tokens.revoke(account + "-token")
            case "reset":
                api.access.accounts.reset(account)
        await stream.ends()
    assert stream.events == []


@pytest.mark.parametrize("last", ["x", "9" * 18, "0-999999999999", "-1", "1e3", "0-0-0", "٣"])
async def test_an_id_that_nobody_was_given_is_answered_with_that_all_may_be_otherwise(
    api: Api, last: str
) -> None:
    director = await api.director()
    async with director.stream(
        "GET", f"{AT}/changes", headers={b"last-event-id": last.encode()}
    ) as answer:
        assert answer.status_code == 200
        async with asyncio.timeout(PATIENCE):
            async for line in answer.aiter_lines():
                if line.startswith("event: "):
                    assert line == "event: resync"
                    break
