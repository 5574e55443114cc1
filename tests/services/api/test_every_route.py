"""Every route, asked by every role: it is answered or refused as the table of rights says.

At its own facility and at another one; about what is its own, what is another's, and what is not
there at all. A route that this does not know fails it, and so does an action without a row.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson
import pytest
import pytest_asyncio
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from services.access.document_rights import DOCUMENTS
from services.access.grants import GRANTABLE
from services.access.principal import Grant, Role
from services.access.rights_rows import ALL, NONE, OWN, Reach
from services.access.rights_table import RIGHTS
from services.api import serving
from services.api.commands import PATH as COMMAND
from services.api.documents import PATH as DOCUMENTS_AT
from services.api.previews import PATH as PREVIEW
from services.api.previews import PREVIEWED
from services.api.questions import PATHS
from services.command_endpoint import COMMANDS
from services.documents.kinds import KINDS
from services.embedded import Engines
from services.reports.questions import QUESTIONS
from tests.support.backend import fresh_backend
from tests.support.commands_about import PAYLOADS, about_patient
from tests.support.http_api import Api, running_api
from tests.support.raw_http import JSON, PROBLEM, Answer, Connection
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

AT = "/v1/facilities/{facility_id}"

FOR_ANYBODY = {
    *("GET /v1/health", "GET /v1/openapi.json", "GET /docs", "GET /docs/reference.css"),
    *("GET /favicon.ico", "POST /v1/sign-in", "GET /v1/sign-in/openid"),
    *("GET /v1/sign-in/openid/callback", "POST /v1/passkeys/sign-in/options"),
    "POST /v1/passkeys/sign-in",
}
"""What is answered without anybody signed in."""

UNDOCUMENTED = {
    *("GET /v1/openapi.json", "GET /docs", "GET /docs/reference.css", "GET /favicon.ico"),
}

OF_THE_API = ("/v1/", "/docs", "/favicon.ico")
"""How addresses begin that are no pages: who is shown what there, browsers try."""

FOR_WHOEVER_IS_SIGNED_IN = {"GET /v1/me", "POST /v1/password", "POST /v1/sign-out"}

FOR_PEOPLE = {
    *("GET /v1/passkeys", "POST /v1/passkeys/options", "POST /v1/passkeys"),
    *("GET /v1/me/signed-in", "DELETE /v1/me/signed-in/{session_id}"),
    *("PUT /v1/passkeys/required", "DELETE /v1/passkeys/{passkey_id}"),
}
"""What no token is good for."""

EVERYWHERE = {
    **{"GET /v1/accounts": "accounts", "POST /v1/accounts": "accounts"},
    "PUT /v1/accounts/{account}/grants": "accounts",
    "POST /v1/accounts/{account}/disable": "accounts",
    "POST /v1/accounts/{account}/enable": "accounts",
    "POST /v1/accounts/{account}/reset": "accounts",
    "POST /v1/accounts/{account}/release": "accounts",
    **{"GET /v1/sign-ins": "accounts", "DELETE /v1/sign-ins/{session_id}": "accounts"},
    **{"GET /v1/tokens": "tokens", "POST /v1/tokens": "tokens"},
    **{"DELETE /v1/tokens/{name}": "tokens", "GET /v1/status": "status"},
    **{"POST /v1/kiosks": "tokens", "POST /v1/kiosks/{name}/link": "tokens"},
    **{"GET /v1/imports": "imports", "POST /v1/imports": "imports"},
}
"""What is about no facility, by the action that the table of rights has for it."""

AT_A_FACILITY = {
    f"GET {AT}/access-log": "access-log",
    f"GET {AT}/emergencies": "emergency-reviews",
    f"POST {AT}/emergencies/{{entry_id}}/review": "emergency-reviews",
    f"GET {AT}/changes": "changes",
    f"POST {AT}/patients/{{patient_id}}/kiosk-code": "kiosk-codes",
    f"POST {AT}/kiosk-presses/{{press_id}}/seen": "kiosk-codes",
    f"GET {AT}/calendars": "calendars",
    f"POST {AT}/calendars": "own-calendar",
    f"DELETE {AT}/calendars/{{feed_id}}": "calendars",
    f"POST {AT}/patients/{{patient_id}}/calendar": "patient-calendar",
}
"""What is about a facility, besides its commands and questions."""

METHODS = {"facility": "GET", "search": "POST", "everywhere": "GET"}
QUESTION_OF = {
    f"{METHODS[each.scope]} /v1{PATHS[each.scope].format(name=name)}": name
    for name, each in QUESTIONS.items()
}
ABOUT_EACH = {"patient", "patients", "visits", "weeks", "findings"}
"""The questions in whose answers each patient of these clinics is."""

OF_ONE = {"trail", "policy-preview", "document audit-trail"}
"""What is asked of a patient or of something else, and of nothing by itself."""

DOCUMENT_OF = {
    f"{'POST' if each.tells else 'GET'} /v1{DOCUMENTS_AT.format(name=name)}": each.action
    for name, each in KINDS.items()
}
"""The documents, by the action of each: what is a disclosure is asked for with a body."""

COMMAND_OF = {f"POST {AT}/commands/{name}": name for name in COMMANDS} | {
    f"POST {AT}/previews/{name}": name for name in PREVIEWED
}
"""The commands, and the previews of some, which are whoever's the command is."""

FINAL = {"identity.forget"}
"""The commands after which nobody could be asked about any more: whoever may, sends none."""

ACTION_OF = EVERYWHERE | AT_A_FACILITY | QUESTION_OF | DOCUMENT_OF | COMMAND_OF
NOT_SIGNED_IN = (401, "daybook:problem:not-signed-in")
NOT_ALLOWED = (403, "daybook:problem:not-allowed")
NO_FACILITY = (404, "daybook:problem:unknown-facility")
REFUSALS = (NOT_SIGNED_IN, NOT_ALLOWED, NO_FACILITY)
"""What says that somebody may not."""


@dataclass(frozen=True)
class Asked:
    """A request."""

    method: str
    path: str
    body: Any = None


ME, SIGN_OUT = Asked("GET", "/v1/me"), Asked("POST", "/v1/sign-out")


@dataclass(frozen=True)
class Route:
    """A way to ask, as the OpenAPI document has it."""

    method: str
    path: str
    operation: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_about_patients(self) -> bool:
        return bool(self._about())

    @property
    def needs_patient(self) -> bool:
        """Tell whether it says of whom it is in each request."""
        parameters = self.operation.get("parameters", ())
        if ACTION_OF.get(self.name) in OF_ONE or self.is_told:
            return True
        return (self.name in COMMAND_OF and self.is_about_patients) or (
            any(each["name"] in self._about() and each["required"] for each in parameters)
        )

    @property
    def is_told(self) -> bool:
        """Tell whether it tells somebody outside the program of a patient."""
        return self.name in DOCUMENT_OF and self.method == "POST"

    def asked(self, facility_id: str, about: Known | None = None) -> Asked:
        """Return a request as the document has it, about a patient or (None) about nobody."""
        path, query = self.path.replace("{facility_id}", facility_id), {}
        named = self._about() if about else {}
        for each in self.operation.get("parameters", ()):
            name = each["name"]
            if each["in"] == "path":
                path = path.replace(f"{{{name}}}", quote(str(each["example"]), safe=""))
            elif each["in"] == "query" and name in named:
                query[name] = getattr(about, named[name])
            elif each["in"] == "query" and each.get("required"):
                query[name] = str(each["example"])
        if self.is_told:
            said = {"patient_id": (about or NOBODY).patient_id, "format": "json"}
            return Asked(self.method, path, said)
        if self.name in DOCUMENT_OF:
            query["format"] = "json"
        if query:
            path += "?" + "&".join(f"{name}={value}" for name, value in query.items())
        if self.name in COMMAND_OF:
            return Asked(self.method, path, about_patient(PAYLOADS[COMMAND_OF[self.name]], about))
        if self.name.endswith("/patients/search"):
            return Asked(self.method, path, {"mrn": about.mrn if about else "NONE1"})
        content = self.operation.get("requestBody", {}).get("content", {})
        return Asked(self.method, path, content[JSON]["example"] if content else None)

    def _about(self) -> dict[str, str]:
        """Return which parameters say about whom it is, and what of a patient they are."""
        if self.name.endswith("/patients/search"):
            return {"mrn": "mrn"}
        if self.name in COMMAND_OF:
            payload = PAYLOADS[COMMAND_OF[self.name]]
            return (
                {} if about_patient(payload, NOBODY) == about_patient(payload, None) else {"": ""}
            )
        if self.name in AT_A_FACILITY:
            return {}
        if self.is_told:
            return {"": ""}
        names = {each["name"] for each in self.operation.get("parameters", ())}
        said = {"patient_id": "patient_id", "finding": "finding"}
        return {name: each for name, each in said.items() if name in names}


@dataclass
class Somebody:
    """Who asks, by some connections at once; `may` is what the table gives them."""

    headers: Mapping[str, str]
    may: Mapping[str, Reach]
    url: str
    has_cookie: bool = True
    is_everywhere: bool = False
    sent: int = 0
    free: list[Connection] = field(default_factory=list)

    async def ask(self, requests: Sequence[Asked]) -> list[Answer]:
        """Return the answers, in the order of the requests."""
        return await asyncio.gather(*map(self._ask, requests))

    async def _ask(self, asked: Asked) -> Answer:
        self.sent += 1
        headers = {**self.headers, "idempotency-key": f"key-{self.sent}"}
        body = b""
        if asked.body is not None:
            headers["content-type"] = JSON
            body = orjson.dumps(asked.body)
        connection = self.free.pop() if self.free else await Connection.open(self.url)
        answer = await connection.ask(asked.method, asked.path, headers, body)
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            connection.leave()
        else:
            self.free.append(connection)
        return answer

    def leave(self) -> None:
        for each in self.free:
            each.leave()


def kind(answer: Answer) -> tuple[int, str]:
    """Return the status, and of a problem its type."""
    is_problem = answer.headers.get("content-type") == PROBLEM
    return answer.status, answer.said["type"] if is_problem else ""


@pytest.fixture(scope="module")
def clinics(shared_engines: Engines) -> Iterator[Clinics]:
    with fresh_backend(shared_engines) as backend:
        yield asyncio.run(two_clinics(backend))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(clinics: Clinics) -> AsyncIterator[Api]:
    async with running_api(clinics.backend, clock=lambda: NOW) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def routes(api: Api) -> list[Route]:
    client = await api.client()
    document = (await client.get("/v1/openapi.json")).json()
    return [
        Route(method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


async def somebody(api: Api, clinics: Clinics, role: Role) -> Somebody:
    """Return who has a role here: programs by a token, people by a cookie."""
    may = {action: row.may.get(role, NONE) for action, row in RIGHTS.items()}
    if role in {Role.SERVICE, Role.KIOSK}:
        scopes = [action for action, far in may.items() if far]
        return Somebody(api.token(*scopes, name=f"the-{role}", role=role), may, api.url, False)
    grants = {
        Role.ADMINISTRATOR: Grant(role),
        Role.PATIENT: Grant(role, HERE, patient_id=clinics.here.own.patient_id),
        Role.COUNSELOR: Grant(role, HERE, OWN_STAFF),
    }
    client = await api.signed_in(grants.get(role, Grant(role, HERE)), account=f"the-{role}")
    cookie = f"daybook_session={client.cookies['daybook_session']}"
    return Somebody({"cookie": cookie}, may, api.url, is_everywhere=role is Role.ADMINISTRATOR)


# Which routes there are


async def test_each_route_has_an_entry_and_each_action_a_row(
    clinics: Clinics, routes: list[Route], monkeypatch: pytest.MonkeyPatch
) -> None:
    apps: list[FastAPI] = []

    def secured(app: FastAPI, *_: object) -> FastAPI:
        apps.append(app)
        return app

    monkeypatch.setattr(serving, "secured", secured)
    async with running_api(clinics.backend):
        pass
    documented = {each.name for each in routes}
    stand = {
        f"{method} {each.path}"
        for each in iter_route_contexts(apps[0].routes)
        if str(each.path).startswith(OF_THE_API)
        for method in each.methods or ["?"]
    }
    entries = {
        *(FOR_ANYBODY | FOR_WHOEVER_IS_SIGNED_IN | FOR_PEOPLE),
        *(EVERYWHERE.keys() | AT_A_FACILITY.keys() | QUESTION_OF.keys() | DOCUMENT_OF.keys()),
    }
    assert stand == entries | {f"POST {COMMAND}", f"POST {PREVIEW}"}
    assert documented == (entries | COMMAND_OF.keys()) - UNDOCUMENTED
    actions = {*EVERYWHERE.values(), *AT_A_FACILITY.values(), *QUESTIONS, *COMMANDS}
    documents = {action for row in DOCUMENTS for action in row.actions}
    assert documents == {*DOCUMENT_OF.values()}
    assert RIGHTS.keys() == actions | documents | {"emergency-access", "kiosk"}


# Who is answered


async def test_whoever_is_not_signed_in_is_answered_nothing(api: Api, routes: list[Route]) -> None:
    nobody = Somebody({}, {}, api.url)
    answers = await nobody.ask([each.asked(HERE) for each in routes])
    for route, answer in zip(routes, answers, strict=True):
        assert (kind(answer) == NOT_SIGNED_IN) == (route.name not in FOR_ANYBODY), route.name
        assert answer.status < 500, route.name
    nobody.leave()


@pytest.mark.parametrize("role", GRANTABLE)
async def test_a_role_is_answered_or_refused_as_the_table_has_it(
    api: Api, clinics: Clinics, routes: list[Route], role: Role
) -> None:
    one = await somebody(api, clinics, role)
    cases = [each for route in routes for each in cases_of(route, one, clinics)]
    answers = await one.ask([each.asked for each in cases])
    likes = await one.ask([each.like for each in cases if each.like])
    missing = [b"%d %b" % (each.status, each.body) for each in likes]
    for each, answer in zip(cases, answers, strict=True):
        assert answer.status < 500, (each, answer)
        for secret in each.hidden:
            assert secret not in answer.body, (each, answer)
        if each.like:
            named = each.asked.path.rpartition("finding=")[2].encode()
            alike = missing.pop(0).replace(NOBODY.finding.encode(), named)
            assert b"%d %b" % (answer.status, answer.body) == alike, (each, answer)
        elif each.is_shown:
            assert answer.status == 200, (each, answer)
            assert each.shows in answer.body, (each, answer)
        elif each.refusal:
            assert kind(answer) == each.refusal, (each, answer)
        else:
            assert kind(answer) not in REFUSALS, (each, answer)
    # Last, since nobody is signed in after it.
    [sign_out, me] = [*await one.ask([SIGN_OUT]), *await one.ask([ME])]
    assert sign_out.status == 204
    assert (kind(me) == NOT_SIGNED_IN) == one.has_cookie
    one.leave()


@dataclass(frozen=True)
class Case:
    """A request, and how it is answered.

    It `is_shown`, or refused with a `refusal`, or answered as another one is that is `like` it, or
    (none of these) taken, whatever comes of it. What is `hidden` is not in the answer.
    """

    asked: Asked
    hidden: tuple[bytes, ...] = ()
    is_shown: bool = False
    shows: bytes = b""
    refusal: tuple[int, str] | None = None
    like: Asked | None = None


def cases_of(route: Route, one: Somebody, clinics: Clinics) -> Iterator[Case]:
    """Yield what somebody asks a route."""
    here, there = clinics.here, clinics.there
    if route.name in FOR_ANYBODY or route.name == "POST /v1/sign-out":
        return
    if route.name in FOR_WHOEVER_IS_SIGNED_IN | FOR_PEOPLE:
        is_theirs = one.has_cookie or route.name not in FOR_PEOPLE
        yield Case(route.asked(HERE), refusal=None if is_theirs else NOT_ALLOWED)
        return
    action = ACTION_OF[route.name]
    far = one.may[action]
    hidden = {NONE: here.secrets, OWN: here.other.secrets, ALL: ()}[far] + there.secrets
    if action == "access-log":  # which has the ids of whom somebody tried to look at
        hidden = clinics.there.names
    refusal = None if far else NOT_ALLOWED
    if route.path == "/v1/facilities":
        yield Case(route.asked(HERE), hidden, is_shown=True)
    elif "{facility_id}" not in route.path:
        yield Case(route.asked(HERE), hidden, refusal=refusal)
    else:
        is_there = one.is_everywhere
        yield Case(route.asked(THERE), hidden, refusal=refusal if is_there else NO_FACILITY)
        if refusal:
            yield Case(route.asked(HERE, here.own), hidden, refusal=refusal)
        elif route.is_about_patients:
            yield from about_patients(route, far, hidden, clinics)
        if not refusal and not route.needs_patient:
            yield Case(route.asked(HERE), hidden, is_shown=route.name in QUESTION_OF)


def about_patients(
    route: Route, far: Reach, hidden: tuple[bytes, ...], clinics: Clinics
) -> Iterator[Case]:
    """Yield what somebody who may asks about each patient."""
    is_question, nobodys = route.name in QUESTION_OF, route.asked(HERE, NOBODY)
    for known in (clinics.here.own, clinics.here.other, clinics.there.own):
        asked = route.asked(HERE, known)
        if known is clinics.here.own or (known is clinics.here.other and far is ALL):
            if COMMAND_OF.get(route.name) in FINAL:
                continue
            shows = known.mrn.encode() if QUESTION_OF.get(route.name) in ABOUT_EACH else b""
            yield Case(asked, hidden, is_shown=is_question, shows=shows)
        else:
            yield Case(asked, hidden, like=nobodys)
