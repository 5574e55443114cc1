"""The pages of forms: for each command one, and a list of what somebody may record."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.api import problems
from services.api.body import FacilityId
from services.api.problems import Refused
from services.command_endpoint.problems import unknown_command
from services.reports.sessions import sessions
from services.text_output import one_line
from services.web.forms.about import About
from services.web.forms.catalog import FORMS, GROUPS, OF_THE_SITE, ask_of
from services.web.forms.choices import Choice, session_label, sessions_of_day
from services.web.forms.fields import NEW, SOURCES, fields_of
from services.web.forms.shape import arguments_of
from services.web.forms.wording import Form
from services.web.page import Page
from services.web.problem_pages import PageRoute
from services.web.reading import JUDGED, PageReader
from services.web.sign_in import inside
from services.web.words import clock_range, day

LONGEST_NEXT = 500

READS = (*JUDGED, "care")
"""The read models that tell what is so of a patient."""


def form_pages(reader: PageReader) -> APIRouter:
    """Return the routes of the pages."""
    routes = APIRouter(route_class=PageRoute)

    @routes.get("/facilities/{facility_id}/record")
    async def record(http: Request, facility_id: FacilityId) -> Response:
        return await reader.show(http, facility_id, "form_list.html", _list, views=READS)

    @routes.get("/facilities/{facility_id}/record/{command}")
    async def form(http: Request, facility_id: FacilityId, command: str) -> Response:
        asked = partial(_form, command=command, given=dict(http.query_params))
        return await reader.show(http, facility_id, "form.html", asked, views=READS)

    return routes


@dataclass(frozen=True, slots=True)
class Step:
    """What has to be said before a form can be shown: which session, or whom it is about.

    Where there are no `choices`, somebody is found by name.
    """

    name: str
    label: str
    hint: str
    choices: list[Choice] | None


def _form(page: Page, *, command: str, given: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page of a command's form shows. Raises Refused."""
    if command not in FORMS:
        raise Refused(unknown_command(one_line(command)[:100]))
    if not page.may(command):
        raise Refused(problems.not_allowed("your role does not include this"))
    form, about = FORMS[command], _about(page, given)
    about.check()
    where = inside(given.get("next", "")[:LONGEST_NEXT])
    step = _step(command, about)
    return {
        "command": command,
        "form": form,
        "step": step,
        "step_url": f"{page.base}/record/{command}?{_query(given)}",
        "fields": [] if step else fields_of(command, about),
        "who": _who(about),
        "when": _when(about),
        "then": where or _then(command, about),
        "draft": " ".join(filter(None, (command, *sorted(_fixed(given))))),
    }


def _about(page: Page, given: Mapping[str, str]) -> About:
    return About(page, given, given.get("patient_id") or None, given.get("session_id") or None)


def _step(command: str, about: About) -> Step | None:
    """Return what has to be said first; None where all is."""
    names = {each.name: each for each in arguments_of(command)}
    if command.startswith("session.") and "session_id" in names and not about.session_id:
        return Step("session_id", "Which session?", "Those of the day.", sessions_of_day(about))
    if (which := FORMS[command].which) and which not in about.given:
        return _which(FORMS[command], about)
    subject = names.get(FORMS[command].subject)
    if subject is None or about.patient_id:
        return None
    ask = ask_of(command, subject)
    if ask.widget != "patient":
        return None
    found = SOURCES[ask.choices](about) if ask.choices else None
    return Step("patient_id", "Whom is it about?", ask.hint, found)


OF_THE_SITE_BY_ID = {
    "room_id": "rooms",
    "staff_id": "staff",
    "recipient_id": "recipients",
    "program_id": "programs",
    "track_id": "tracks",
}


def _which(form: Form, about: About) -> Step:
    """Return the question which room, say, is changed, or whether it is a new one."""
    found = SOURCES[OF_THE_SITE_BY_ID[form.which]](about) or []
    new = [Choice(NEW, form.new)] if form.new else []
    return Step(form.which, "Which one?", "One that is there, or a new one.", [*new, *found])


def _who(about: About) -> dict[str, Any] | None:
    """Return whom a form is about, in words."""
    if not about.patient_id:
        return None
    return {"patient_id": about.patient_id, "name": about.facts["name"], "mrn": about.facts["mrn"]}


def _when(about: About) -> str:
    """Return which session it is; whoever has no schedule to look at is told its hours alone."""
    if not about.session_id:
        return ""
    if about.page.may(sessions.name):
        return session_label(about.meeting)
    held, zone = about.session.meeting, about.page.facility.zone
    starts, ends = held.starts_at.astimezone(zone), held.ends_at.astimezone(zone)
    return f"{day(starts)}, {clock_range(starts, ends)}"


def _then(command: str, about: About) -> str:
    """Return where somebody goes on once it is recorded."""
    base = about.page.base
    if command == "patient.refer":
        return f"{base}/patients/{{result}}"
    if command == "facility.open":
        return "/facilities/{opened}"
    if about.session_id and command.startswith("session.") and about.page.may(sessions.name):
        return f"{base}/sessions/{about.session_id}"
    if about.patient_id:
        return f"{base}/patients/{about.patient_id}"
    return base


def _query(given: Mapping[str, str]) -> str:
    """Return what the address said, to be said again."""
    return urlencode({name: each[:LONGEST_NEXT] for name, each in given.items()})


def _fixed(given: Mapping[str, str]) -> Iterator[str]:
    """Yield what tells the draft of one form from that of another."""
    return (each for name, each in given.items() if name.endswith("_id") or name == "first_day")


# The list of what is recorded of a site: what is of a patient is offered on their page


@dataclass(frozen=True, slots=True)
class Offered:
    """A form that somebody may open, and where it stands."""

    command: str
    form: Form
    url: str


def _list(page: Page) -> dict[str, Any]:
    """Return what who asks may record of the site, by groups."""
    groups = {
        group: [
            Offered(command, form, f"{page.base}/record/{command}")
            for command, form in GROUPS[group].items()
            if page.may(command)
        ]
        for group in OF_THE_SITE
    }
    return {"groups": {group: forms for group, forms in groups.items() if forms}}
