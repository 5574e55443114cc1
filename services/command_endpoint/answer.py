"""The answer to a command: what became of it, as every door gives it."""

import logging
import re
from dataclasses import asdict

import orjson
from eventsourcing.persistence import IntegrityError

from domain.errors import Refusal
from services.access.authorize import NotAllowed
from services.application import NotKnown
from services.application.asked import Asked, Done, IdUsedOtherwise, Outcome
from services.application.command_bus import (
    MOST_WAITING,
    PATIENCE,
    Ending,
    TooManyWaiting,
    WaitedTooLong,
)
from services.command_endpoint import problems
from services.command_endpoint.handler import Request, UnknownFacility
from services.command_endpoint.problems import Problem
from services.failures import DATABASE_AWAY, where_it_failed
from services.vault import WrongSiteKey

logger = logging.getLogger("daybook.commands")

MOST_EVENTS = 1000
"""Events that an answer names, at most: it has to fit into a message."""

_OVER_ANOTHER_TIME = (*DATABASE_AWAY, IntegrityError, WrongSiteKey)
"""An engine that is away, too many who save at once, a site key that was retired meanwhile."""

_PATIENT = re.compile(r"patient-[A-Za-z0-9_-]{1,92}")

Answer = Done | Problem


def answer_of(outcome: Outcome, request: Request) -> Answer:
    """Return what is answered to what became of a command."""
    return problem_of(outcome, request) if isinstance(outcome, Exception) else outcome


def problem_of(why: Exception, request: Request) -> Problem:
    """Return why a command was not done."""
    match why:
        case Refusal():
            return problems.refused(why)
        case NotAllowed():
            return problems.not_allowed(why)
        case UnknownFacility():
            return problems.unknown_facility(request.facility_id)
        case IdUsedOtherwise():
            return problems.id_used_otherwise()
        case TooManyWaiting():
            return problems.too_many(MOST_WAITING)
        case WaitedTooLong():
            return problems.waited_too_long(PATIENCE)
        case Ending():
            return problems.ending()
    if isinstance(why, _OVER_ANOTHER_TIME):
        logger.warning("A command could not be taken: %s.", type(why).__name__)
        return problems.unavailable()
    where = where_it_failed(why)
    logger.error("The command %s failed: %s.", request.command.name, where)
    return problems.failed(where)


def response(answer: Answer) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers of an answer."""
    if isinstance(answer, Problem):
        kind, said = problems.MEDIA_TYPE, asdict(answer)
        if not answer.errors:
            del said["errors"]
    else:
        kind = "application/json"
        said = {
            "events": [
                {"id": each.id, "type": each.topic, "position": each.position}
                for each in answer.events[:MOST_EVENTS]
            ],
            "position": answer.position,
            "result": answer.returned,
        }
    return orjson.dumps(said), {"content-type": kind}


def is_attempt(outcome: Outcome, request: Request) -> bool:
    """Tell whether somebody was refused what is not theirs, or not there, which looks the same.

    Programs without an account may name whatever is at their facility: they have nothing to try.
    """
    refused = isinstance(outcome, (NotAllowed, NotKnown, UnknownFacility))
    return refused and request.principal.has_account


def patients_in(asked: Asked) -> list[str]:
    """Return the ids of patients that a command names."""
    return [each for each in asked.about if _PATIENT.fullmatch(each)]
