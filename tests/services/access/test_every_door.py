"""Every role sends every command: it is done or refused as the table of rights says.

At its own facility and at another one; about what is its own, what is another's, and what is not
there at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest

from domain.errors import Refusal
from services.access.principal import Grant, Principal, Role
from services.access.rights import ALL, NONE, OWN, reach
from services.access.rights_table import RIGHTS
from services.application import CommandHandler
from services.application.asked import Outcome
from services.command_endpoint import COMMANDS
from services.command_endpoint.answer import answer_of, response
from services.command_endpoint.handler import Request, asked_by
from services.command_endpoint.problems import Problem
from tests.contracts.story import ANN, BEN
from tests.support.catalog_walk import ADMITTED, DUPLICATE, FACILITY, STEPS, Step, Walk, of

ELSEWHERE, NOWHERE = "pine-street", "no-street"
ON_THE_STAFF = {Role.FRONT_DESK, Role.COUNSELOR, Role.DIRECTOR, Role.COMPLIANCE, Role.BILLER}
PEOPLE = [each for each in Role if each not in {Role.PATIENT, Role.SERVICE, Role.OPERATOR}]


@dataclass(frozen=True)
class Moment:
    """A command of the catalog, and the clinic in which it does something."""

    step: Step
    walk: Walk
    recorded: Sequence[str]


def answered(walk: Walk, step: Step, principal: Principal, facility_id: str, body: Any) -> Outcome:
    """Send a command by the way that all doors share; return what became of it."""
    request = request_of(step, principal, facility_id, body)
    asked = asked_by(request, walk.vault, step.at)
    try:
        return CommandHandler(walk.journal, walk.vault).run(asked)
    except Exception as why:
        return why


def request_of(step: Step, principal: Principal, facility_id: str, body: Any) -> Request:
    payload, command = orjson.dumps(body), COMMANDS[step.name]
    return Request(facility_id, principal.account, command, "command-1", payload, principal)


def said(outcome: Outcome, step: Step, principal: Principal, facility_id: str = FACILITY) -> bytes:
    """What is answered, byte for byte."""
    return response(answer_of(outcome, request_of(step, principal, facility_id, {})))[0]


def somebody(role: Role, facility_id: str | None, staff_id: str | None) -> Principal:
    theirs = staff_id if role in ON_THE_STAFF else None
    return Principal("jpark", "Jo Park", (Grant(role, facility_id, theirs),), "password")


@pytest.fixture(scope="module")
def moments() -> list[Moment]:
    """Each command at a moment in which it does something, of those that are given twice each."""
    walk, found = Walk(), []
    for step in STEPS:
        before = walk.fork()
        found.append(Moment(step, before, walk.give(step)))
    return found


def send(moment: Moment, principal: Principal, facility_id: str | None = None) -> Outcome:
    where = facility_id or moment.step.facility_id
    return answered(moment.walk, moment.step, principal, where, moment.step.payload)


def topics(outcome: Outcome) -> list[str]:
    if isinstance(outcome, Exception):
        raise outcome
    return [each.topic for each in outcome.events]


@pytest.mark.parametrize("role", PEOPLE)
def test_a_role_does_what_the_table_gives_it_and_is_refused_all_else(
    moments: list[Moment], role: Role
) -> None:
    allowed = set()
    for moment in moments:
        step = moment.step
        principal = somebody(role, step.facility_id, step.author)
        far = reach(principal, step.name, step.facility_id)
        if far is NONE:
            problem = answer_of(send(moment, principal), request_of(step, principal, "x", {}))
            assert isinstance(problem, Problem)
            assert (problem.status, problem.type) == (403, "daybook:problem:not-allowed"), step
            assert problem.detail.startswith(f"{step.name} at {step.facility_id} is for these role")
        elif far is ALL:
            allowed.add(step.name)
            forked = replace(moment, walk=moment.walk.fork())
            assert topics(send(forked, principal)) == list(moment.recorded), step
    assert allowed == {
        name for name in COMMANDS if RIGHTS[name].may.get(role) is ALL and name in COMMANDS
    }


@pytest.mark.parametrize("role", Role)
def test_another_facility_is_not_there_for_any_role_whatever_it_sends(
    moments: list[Moment], role: Role
) -> None:
    for moment in moments:
        step = moment.step
        principal = somebody(role, ELSEWHERE, "staff-7")
        there = said(send(moment, principal), step, principal, step.facility_id)
        nowhere = said(send(moment, principal, NOWHERE), step, principal, NOWHERE)
        assert orjson.loads(there)["type"] == "daybook:problem:unknown-facility", step
        assert there.replace(step.facility_id.encode(), NOWHERE.encode()) == nowhere, step


# What is a counselor's own


def test_a_counselor_does_what_is_about_their_own_patients_and_groups(
    moments: list[Moment],
) -> None:
    done = set()
    for moment in moments:
        step = moment.step
        if RIGHTS[step.name].may.get(Role.COUNSELOR) is not OWN:
            continue
        walk = with_their_patients(moment.walk, step)
        outcome = answered(walk, step, counselor(step), FACILITY, step.payload)
        assert topics(outcome) == list(moment.recorded), step
        done.add(step.name)
    assert done == {name for name in COMMANDS if RIGHTS[name].may.get(Role.COUNSELOR) is OWN}


def counselor(step: Step) -> Principal:
    """A counselor as whom the catalog's author acts, who leads all of its groups besides."""
    staff = dict.fromkeys((step.author, "staff-7", "staff-3", "staff-9"))
    grants = tuple(Grant(Role.COUNSELOR, FACILITY, staff_id=each) for each in staff)
    return Principal("jpark", "Jo Park", grants, "password")


def with_their_patients(walk: Walk, step: Step) -> Walk:
    """Return the clinic in which the patients of the catalog have them as their counselor."""
    walk = walk.fork()
    director = somebody(Role.DIRECTOR, FACILITY, "staff-7")
    for patient_id in (ANN, BEN, DUPLICATE, ADMITTED):
        assign = Step("patient.assign-counselor", step.at, of(patient_id))
        body = assign.payload | {"staff_id": "staff-3", "from_day": "2025-03-08"}
        request = request_of(assign, director, FACILITY, body)
        request = replace(request, command_id=f"assign-{patient_id}")
        with suppress(Refusal):  # of a candidate, or a record that was merged
            CommandHandler(walk.journal, walk.vault).run(asked_by(request, walk.vault, step.at))
    return walk


def test_what_is_not_a_counselors_own_is_not_there_byte_for_byte(moments: list[Moment]) -> None:
    stranger = somebody(Role.COUNSELOR, FACILITY, "staff-nobody")
    tried = set()
    for moment in moments:
        step = moment.step
        if RIGHTS[step.name].may.get(Role.COUNSELOR) is not OWN or RIGHTS[step.name].candidates:
            continue
        there = said(send(moment, stranger), step, stranger)
        missing = {**step.payload, **dict(nobodys(step.payload))}
        outcome = answered(moment.walk, step, stranger, FACILITY, missing)
        assert there == said(outcome, step, stranger), step
        assert orjson.loads(there)["status"] in {403, 404}, step
        tried.add(step.name)
    assert len(tried) > 50


def nobodys(payload: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the ids of a payload that are of patients, sessions and assessments as nobody's."""
    for name, value in payload.items():
        match name:
            case "patient_id" | "to" | "into" | "duplicate_id":
                yield name, "patient-of-nobody"
            case "session_id" | "makes_up" | "assessment_id" if value is not None:
                yield name, f"{name}-of-nothing"
            case "session_ids":
                yield name, ["session-of-nothing"]
