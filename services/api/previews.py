"""What a command would do, over HTTP: decided as the command is, and not saved."""

import re
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from services.api import evenly
from services.api import problems as problems_of_api
from services.api.answers import CommandAnswers
from services.api.asker import Asker, AskerOf
from services.api.body import FACILITY_ID
from services.api.commands import POSITION
from services.api.context import Context
from services.api.problems import Refused
from services.application.asked import Asked, Done
from services.application.effects import Effects, WouldBeRefused, looking
from services.command_endpoint import COMMANDS, problems
from services.command_endpoint.answer import is_attempt, patients_in, problem_of
from services.command_endpoint.handler import Request, asked_by
from services.command_endpoint.payload import Malformed
from services.command_endpoint.problems import MEDIA_TYPE, Problem
from services.text_output import one_line

PATH = "/v1/facilities/{facility_id}/previews/{name}"

PREVIEWED = (
    *("session.schedule", "session.reschedule", "session.call-off", "session.restore"),
    *("session.substitute-staff", "session.substitute-room"),
    *("program.keep-track", "program.extend-track", "program.change-following"),
    *("program.change-meeting", "program.restore-meeting"),
    *("program.declare-closure", "program.lift-closure"),
)
"""The commands that move other people."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a command would do; with a `problem` it would be refused, and do none of it."""

    effects: Effects
    position: int | None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Previewer:
    """Has commands decided without saving them; who would be affected is put on record."""

    context: Context
    answers: CommandAnswers

    async def look(self, asker: Asker, facility_id: str, name: str, body: bytes) -> Preview:
        """Return what a command would do.

        Raises Refused where it would be refused before anything came of it: its payload is not
        what it takes, it is not theirs, or what it is about is not there.
        """
        began = evenly.now()
        request = _request(asker, facility_id, name, body)
        asked = self._asked(request)
        if asker.is_emergency:
            await self._looked(asker, request, patients_in(asked), outcome="refused")
            raise Refused(problems_of_api.only_to_read())
        outcome = await self.answers.outcome(
            f"{facility_id} {request.client}",
            replace(asked, decision=looking(asked.decision), receipt=None),
            many_sessions=True,
        )
        if isinstance(outcome, WouldBeRefused):
            found = Preview(outcome.effects, None, problems.refused(outcome.refusal))
        elif isinstance(outcome, Done):
            found = Preview(outcome.returned, outcome.position)
        else:
            if is_attempt(outcome, request):
                await self._looked(asker, request, patients_in(asked), outcome="refused")
                await evenly.until_a_step(began)
            raise Refused(problem_of(outcome, request))
        if named := found.effects.patient_ids:
            await self._looked(asker, request, named, outcome="shown")
        return found

    def _asked(self, request: Request) -> Asked:
        try:
            return asked_by(request, self.context.vault, self.context.clock())
        except Malformed as wrong:
            raise Refused(problems.malformed(wrong.faults)) from None

    async def _looked(
        self, asker: Asker, request: Request, patient_ids: list[str], *, outcome: Any
    ) -> None:
        where, what = request.facility_id, request.command.name
        await self.context.looked(asker, where, what, patient_ids, outcome=outcome)


@dataclass(frozen=True, slots=True)
class PreviewRoute:
    """Answers what a command would do."""

    previewer: Previewer
    asker_of: AskerOf

    async def answer(self, http: HttpRequest) -> Response:
        """Answer a preview, or the problem that the command would meet."""
        asker = await self.asker_of(http)
        found = await self.previewer.look(
            asker, http.path_params["facility_id"], http.path_params["name"], await http.body()
        )
        effects, problem = found.effects, found.problem
        if problem is None:
            said = orjson.dumps({"effects": effects, "position": found.position})
            position = {POSITION: str(found.position)}
            return Response(said, 200, position, media_type="application/json")
        why = {key: each for key, each in asdict(problem).items() if key != "errors"}
        said = orjson.dumps({**why, "effects": effects})
        return Response(said, problem.status, media_type=MEDIA_TYPE)


def _request(asker: Asker, facility_id: str, name: str, body: bytes) -> Request:
    """Return what is asked for, as the command would be. Raises Refused."""
    if not re.fullmatch(FACILITY_ID, facility_id):
        raise Refused(problems.unknown_facility("of this name"))
    if name not in PREVIEWED:
        raise Refused(problems_of_api.no_such_preview(one_line(name)[:100]))
    principal = asker.principal
    return Request(facility_id, principal.account, COMMANDS[name], "preview", body, principal)
