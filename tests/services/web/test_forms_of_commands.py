"""Each command has a form that asks for all that it takes, for whoever may send it."""

import re
from collections.abc import AsyncIterator, Iterator
from html.parser import HTMLParser

import httpx2
import pytest
import pytest_asyncio

from services.access.principal import Grant, Role
from services.access.rights import roles_that_may
from services.command_endpoint.registry import COMMANDS
from services.hosting.bootstrap import VIEWS
from services.web.forms.catalog import FORMS, GROUPS, ask_of
from services.web.forms.fields import SOURCES
from services.web.forms.known import DEFAULTS, KNOWN
from services.web.forms.shape import Argument, arguments_of, leaves
from services.web.rendering import STATIC
from tests.support.http_api import Api, running_api, send
from tests.support.two_clinics import HERE, NOW, Clinics

in_one_loop = pytest.mark.asyncio(loop_scope="session")

EVERY_COMMAND = sorted(COMMANDS)


def every(arguments: tuple[Argument, ...]) -> Iterator[Argument]:
    for each in arguments:
        yield each
        yield from every(each.parts)


def test_every_command_has_a_form_and_no_form_has_no_command() -> None:
    assert set(FORMS) == set(COMMANDS)
    assert sum(map(len, GROUPS.values())) == len(FORMS)


@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_every_argument_has_a_label_and_a_hint(command: str) -> None:
    arguments = arguments_of(command)
    assert [each for each in leaves(arguments) if not ask_of(command, each).label] == []
    assert [each for each in leaves(arguments) if not ask_of(command, each).hint] == []
    unknown = set(FORMS[command].asks) - {each.pointer for each in every(arguments)}
    assert unknown == set()


@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_what_the_words_of_a_form_name_is_there(command: str) -> None:
    form = FORMS[command]
    assert not form.known or form.known in KNOWN
    for argument in leaves(arguments_of(command)):
        ask = ask_of(command, argument)
        assert not ask.choices or ask.choices in SOURCES
        assert ask.default in {"", "only", "last", *DEFAULTS}
        assert set(ask.names) <= {*argument.values, "true", "false"} or ask.choices


def test_what_a_form_holds_never_gets_into_an_address() -> None:
    folder = STATIC.parent / "templates"
    sent = [
        (path.name, form)
        for path in sorted(folder.glob("*.html"))
        for form in re.findall(r"<form [^\n]*", path.read_text(encoding="utf-8"))
        if "data-command" in form or "data-route" in form
    ]
    assert sent
    assert [each for each in sent if 'method="post"' not in each[1]] == []


def test_an_argument_of_another_name_would_be_missed() -> None:
    with pytest.raises(LookupError, match="/nickname"):
        ask_of("patient.refer", Argument("/nickname", "text", is_required=True))


class Labels(HTMLParser):
    """Gathers the fields of a page that nothing names: no label, and no name of their own."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.named: set[str] = set()
        self.fields: dict[str, str] = {}
        self.in_label = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        self.in_label = self.in_label or tag == "label"
        if tag == "label" and has.get("for"):
            self.named.add(str(has["for"]))
        is_field = tag in {"input", "select", "textarea"} and has.get("type") != "hidden"
        if is_field and not (self.in_label or has.get("aria-label")):
            self.fields[str(has.get("id"))] = str(has.get("name"))

    def handle_endtag(self, tag: str) -> None:
        self.in_label = self.in_label and tag != "label"

    @property
    def unnamed(self) -> list[str]:
        return [name for found, name in self.fields.items() if found not in self.named]


def test_a_field_without_a_label_would_be_found() -> None:
    page = '<label for="a">A</label><input id="a" name="/a"><label>B <input name="/b"></label>'
    assert Labels(f'{page}<select id="c" name="/c"></select>').unnamed == ["/c"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def api(clinics: Clinics) -> AsyncIterator[Api]:
    backend = clinics.backend
    async with (
        backend.supervisor(*VIEWS, clock=lambda: NOW) as supervisor,
        running_api(backend, clock=lambda: NOW) as made,
    ):
        await supervisor.caught_up(backend.journal.position())
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def director(api: Api) -> httpx2.AsyncClient:
    return await api.signed_in(
        Grant(Role.DIRECTOR, HERE, staff_id="s-diaz"), Grant(Role.ADMINISTRATOR), account="dora"
    )


@in_one_loop
@pytest.mark.parametrize("command", EVERY_COMMAND)
async def test_a_form_is_shown_to_who_may_send_it(
    command: str, clinics: Clinics, director: httpx2.AsyncClient
) -> None:
    asked = {argument.name for argument in arguments_of(command)}
    own = clinics.here.own
    about = {
        "patient_id": own.patient_id if asked & {"patient_id", "duplicate_id"} else "",
        "session_id": own.sessions[0] if "session_id" in asked else "",
        "next": f"/facilities/{HERE}/today",
        **({FORMS[command].which: "new"} if FORMS[command].which else {}),
    }
    answer = await director.get(f"/facilities/{HERE}/record/{command}", params=about)
    assert answer.status_code == 200, answer.text
    form = FORMS[command]
    assert f"<h1>{form.title}</h1>".replace("'", "&#39;") in answer.text
    assert f'data-command="{command}"' in answer.text
    assert Labels(answer.text).unnamed == []
    for argument in leaves(arguments_of(command)):
        if argument.is_required and ask_of(command, argument).widget not in {"never", "patient"}:
            assert argument.pointer.split("/#")[0].rpartition("/")[0] in answer.text


@in_one_loop
@pytest.mark.parametrize(
    ("role", "command"),
    [
        (role, command)
        for role in (Role.FRONT_DESK, Role.BILLER, Role.COMPLIANCE, Role.AUDITOR)
        for command in ("patient.refer", "patient.admit", "patient.authorize", "patient.waive-rule")
    ],
)
async def test_a_form_is_shown_to_nobody_else(role: Role, command: str, api: Api) -> None:
    client = await api.signed_in(Grant(role, HERE))
    answer = await client.get(f"/facilities/{HERE}/record/{command}")
    assert answer.status_code == (200 if role in roles_that_may(command) else 403)


@in_one_loop
async def test_a_form_about_somebody_elses_patient_is_not_there(api: Api, clinics: Clinics) -> None:
    client = await api.signed_in(Grant(Role.COUNSELOR, HERE, staff_id="s-diaz"))
    where = f"/facilities/{HERE}/record/patient.set-plan"
    own, other = clinics.here.own, clinics.here.other
    assert (await client.get(where, params={"patient_id": own.patient_id})).status_code == 200
    refused = await client.get(where, params={"patient_id": other.patient_id})
    assert refused.status_code == 404
    assert other.family_name not in refused.text


@in_one_loop
async def test_why_a_closed_sheet_is_changed_is_asked_and_of_an_open_one_not(
    clinics: Clinics, director: httpx2.AsyncClient
) -> None:
    own = clinics.here.own
    for session_id, is_asked in ((own.sessions[0], True), (own.sessions[-1], False)):
        asked = {"session_id": session_id, "patient_id": own.patient_id}
        answer = await director.get(f"/facilities/{HERE}/record/session.check-out", params=asked)
        assert ('name="/amendment/reason"' in answer.text) is is_asked


@in_one_loop
async def test_an_address_of_another_server_is_no_place_to_go_on_to(
    director: httpx2.AsyncClient,
) -> None:
    where = f"/facilities/{HERE}/record/program.open"
    for elsewhere in ("//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example"):
        answer = await director.get(where, params={"next": elsewhere})
        assert f'data-then="/facilities/{HERE}"' in answer.text


@in_one_loop
async def test_an_exception_is_withdrawn_out_of_those_on_record(
    clinics: Clinics, director: httpx2.AsyncClient
) -> None:
    about = {"patient_id": clinics.here.own.patient_id}
    days = {"first_day": "2025-03-12", "last_day": "2025-03-20"}
    waived = {**about, **days, "rule": "phq-9", "reason": "she reads no English"}
    assert (await send(director, "patient.waive-rule", waived, "waived", HERE)).status_code == 200
    where = f"/facilities/{HERE}/record/patient.withdraw-waiver"
    shown = (await director.get(where, params=about)).text
    assert "PHQ-9, Mar 12, 2025 to Mar 20, 2025" in shown
    assert "GAD-7" not in shown
