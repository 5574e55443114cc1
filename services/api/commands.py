"""The commands over HTTP: each one of the catalog, in the way that NATS clients send it."""

import asyncio
import re
from dataclasses import dataclass

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from domain.identity import Identity, IdentityForgotten
from services.api import evenly
from services.api import problems as problems_of_api
from services.api.answers import CommandAnswers
from services.api.asker import Asker, AskerOf
from services.api.body import FACILITY_ID
from services.api.context import Context
from services.api.problems import Refused, problem_response
from services.application.asked import Asked, Done
from services.command_endpoint import COMMANDS, problems
from services.command_endpoint.answer import (
    answer_of,
    is_attempt,
    patients_in,
    problem_of,
    response,
)
from services.command_endpoint.handler import COMMAND_ID, COMMAND_ID_FORM, Request, asked_by
from services.command_endpoint.payload import Malformed
from services.command_endpoint.problems import Problem
from services.text_output import one_line

PATH = "/v1/facilities/{facility_id}/commands/{name}"

KEY = "idempotency-key"
"""The header with the client's own id for a command."""

POSITION = "daybook-position"
"""The header with the position of the journal that an answer reflects."""


@dataclass(frozen=True, slots=True)
class CommandRoute:
    """Takes commands, has them decided and answers."""

    context: Context
    answers: CommandAnswers
    asker_of: AskerOf

    async def answer(self, http: HttpRequest) -> Response:
        """Answer a command: done, or a problem that says why not."""
        began = evenly.now()
        asker = await self.asker_of(http)
        request = await _request(http, asker)
        asked = self._asked(request)
        if asker.is_emergency:
            await self._refused(asker, request, asked)
            raise Refused(problems_of_api.only_to_read())
        outcome = await self.answers.outcome(
            f"{request.facility_id} {request.client}",
            asked,
            many_sessions=request.command.decide.many_sessions,
        )
        answer = answer_of(outcome, request)
        if isinstance(answer, Problem):
            if is_attempt(outcome, request):
                await self._refused(asker, request, asked)
                await evenly.until_a_step(began)
            return problem_response(answer)
        await self._put_away(answer)
        return _done(answer, is_minimal="return=minimal" in http.headers.get("prefer", ""))

    async def _put_away(self, done: Done) -> None:
        """Put away what stands beside the keys of those whom a command has forgotten.

        Asked again under the same id, it is done again, for that may have failed.
        """
        forgotten = {
            each.id.rpartition(":")[0].removeprefix(Identity.id_of(""))
            for each in done.events
            if each.topic == IdentityForgotten.TOPIC
        }
        if forgotten:
            await asyncio.to_thread(self.context.access.accounts.forget, forgotten)
            await asyncio.to_thread(self.context.vault.rewrite_keys)

    async def _refused(self, asker: Asker, request: Request, asked: Asked) -> None:
        """Put on record who was refused, and about whom."""
        where, what = request.facility_id, request.command.name
        await self.context.looked(asker, where, what, patients_in(asked), outcome="refused")

    def _asked(self, request: Request) -> Asked:
        try:
            return asked_by(request, self.context.vault, self.context.clock())
        except Malformed as wrong:
            raise Refused(problems.malformed(wrong.faults)) from None
        except Exception as fault:  # answered like what goes wrong in deciding
            raise Refused(problem_of(fault, request)) from fault


async def _request(http: HttpRequest, asker: Asker) -> Request:
    """Return what a request asks for. Raises Refused."""
    facility_id, name = http.path_params["facility_id"], http.path_params["name"]
    if not re.fullmatch(FACILITY_ID, facility_id):
        raise Refused(problems.unknown_facility("of this name"))
    if name not in COMMANDS:
        raise Refused(problems.unknown_command(one_line(name)[:100]))
    key = http.headers.get(KEY, "").strip('"')
    if not COMMAND_ID.fullmatch(key):
        raise Refused(problems.bad_header("Idempotency-Key", COMMAND_ID_FORM))
    principal = asker.principal
    return Request(
        facility_id, principal.account, COMMANDS[name], key, await http.body(), principal
    )


def _done(done: Done, *, is_minimal: bool) -> Response:
    headers = {POSITION: str(done.position)}
    if is_minimal:
        return Response(None, 204, {**headers, "preference-applied": "return=minimal"})
    body, kind = response(done)
    return Response(body, 200, headers | kind)
