"""As whom somebody acts: the author of what they record, and the credential that they sign with."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from domain.author import staff_id_of
from domain.errors import NoCredential, NotOnStaff
from services.access.authorize import NotAllowed
from services.access.principal import Grant, Principal, Role, principal_of_client
from services.application import CommandHandler, NotKnown
from services.command_endpoint import COMMANDS
from services.command_endpoint.handler import Request, asked_by
from tests.contracts.story import ANN, BEN
from tests.support.catalog_walk import AFTER, EVENING, FACILITY, STEPS, Step, Walk, at, of

NAME = "Jo Park"


def somebody(role: Role, **ids: str) -> Principal:
    return Principal("jpark", NAME, (Grant(role, FACILITY, **ids),), "password")


def walk_until(name: str) -> tuple[Walk, Step]:
    """Return the clinic of the catalog when a command's turn has come."""
    walk = Walk()
    for step in STEPS:
        if step.name == name:
            return walk, step
        walk.give(step)
    raise LookupError(name)


def do(walk: Walk, step: Step, who: Principal, command_id: str = "command-1") -> list[Any]:
    """Send a command; return the events. Raises what it is refused for."""
    body = orjson.dumps(step.payload)
    request = Request(FACILITY, who.account, COMMANDS[step.name], command_id, body, who)
    before = len(walk.journal.order)
    CommandHandler(walk.journal, walk.vault).run(asked_by(request, walk.vault, step.at))
    return [walk.journal.mapper.to_domain_event(each) for each in walk.journal.order[before:]]


@pytest.mark.parametrize(
    ("who", "author"),
    [
        (somebody(Role.DIRECTOR, staff_id="staff-9"), "staff-9, MD [staff-9]"),
        (somebody(Role.DIRECTOR), "Jo Park [user jpark]"),
        (somebody(Role.DIRECTOR, staff_id="staff-gone"), "Jo Park [user jpark]"),
        (principal_of_client("intake-bridge", FACILITY), "intake-bridge"),
    ],
)
def test_an_event_says_who_it_was_by_name_credential_and_staff_id(
    who: Principal, author: str
) -> None:
    walk, step = walk_until("patient.set-plan")
    assert {each.author for each in do(walk, step, who)} == {author}


def test_an_event_says_that_it_was_told_at_a_kiosk() -> None:
    walk, step = walk_until("session.check-in")
    kiosk = replace(somebody(Role.KIOSK), account="door-1", name="Front door")
    assert {each.author for each in do(walk, step, kiosk)} == {"Kiosk door-1 [kiosk door-1]"}


def test_the_credential_in_an_author_is_that_of_the_day() -> None:
    walk, step = walk_until("patient.set-plan")
    credential = {"name": "LCSW-S", "first_day": "2025-03-01", "last_day": None}
    changes = {"staff_id": "staff-3", "credential": credential}
    walk.give(Step("facility.record-credential", changes=changes))
    director = somebody(Role.DIRECTOR, staff_id="staff-3")
    (before,) = do(walk, step, director)
    assert before.author == "staff-3 [staff-3]"  # the one of March is all that they have
    later = replace(step, at=AFTER, changes={"effective_from": "2025-03-10"})
    assert {each.author for each in do(walk, later, director, "command-2")} == {
        "staff-3, LCSW-S [staff-3]"
    }


def test_somebody_who_is_not_on_the_staff_signs_nothing() -> None:
    walk, step = walk_until("session.sign-group-note")
    with pytest.raises(NotOnStaff):
        do(walk, step, somebody(Role.DIRECTOR))
    with pytest.raises(NoCredential):
        do(walk, step, principal_of_client("kiosk-1", FACILITY))


def test_a_director_signs_with_their_own_credential_and_with_nobody_elses() -> None:
    walk, step = walk_until("session.sign-group-note")
    (signed,) = do(walk, step, somebody(Role.DIRECTOR, staff_id="staff-9"))
    assert (signed.credential, staff_id_of(signed.author)) == ("MD", "staff-9")


def test_who_signed_under_another_credential_or_by_nats_does_not_sign_again() -> None:
    walk, step = walk_until("session.sign-group-note")
    client = principal_of_client("staff-3", FACILITY)
    (signed,) = do(walk, step, client)
    assert signed.author == "staff-3"
    assert do(walk, step, somebody(Role.DIRECTOR, staff_id="staff-3"), "command-2") == []
    changes = {"staff_id": "staff-3", "credential": {"name": "PhD", "first_day": "2025-03-01"}}
    walk.give(Step("facility.record-credential", AFTER, changes=changes))
    assert do(walk, step, somebody(Role.DIRECTOR, staff_id="staff-3"), "command-3") == []


def test_what_is_amended_carries_ones_own_credential_and_no_other_one() -> None:
    walk, step = walk_until("session.undo-check-in")
    desk = somebody(Role.FRONT_DESK, staff_id="staff-9")
    with pytest.raises(NotAllowed, match="your own"):
        do(walk, amended(step, "LCSW"), desk)
    with pytest.raises(NotAllowed, match="your own"):
        do(walk, amended(step, "MD"), somebody(Role.FRONT_DESK))
    for said in ("MD", None):
        events = do(walk.fork(), amended(step, said), desk)
        assert {each.credential for each in events if hasattr(each, "credential")} == {"MD"}


def test_at_a_kiosk_nobody_changes_a_record_that_is_closed() -> None:
    walk, step = walk_until("session.check-out")
    assert do(walk.fork(), step, somebody(Role.KIOSK))
    with pytest.raises(NotAllowed, match="not at a kiosk"):
        do(walk, amended(step, None), somebody(Role.KIOSK))


def amended(step: Step, credential: str | None) -> Step:
    amendment = {"reason": "a slip", "credential": credential}
    return replace(step, changes=step.changes | {"amendment": amendment})


# What a patient says


def absent(**changes: Any) -> Step:
    told = (AFTER - timedelta(days=5)).isoformat()
    absence = {"reason": "a cold", "notified_at": told, "excused": False} | changes
    step = Step("session.note-absence", AFTER - timedelta(days=5), at(EVENING, BEN))
    return replace(step, changes=step.changes | {"absence": absence, "amendment": None})


def test_a_patient_says_that_they_will_not_come_and_no_event_names_them() -> None:
    walk, _ = walk_until("session.note-absence")
    (event,) = do(walk, absent(), somebody(Role.PATIENT, patient_id=BEN))
    assert (event.author, event.command_id) == (BEN, f"{BEN}:command-1")


@pytest.mark.parametrize(
    "said",
    [
        absent(excused=True),
        absent(notified_at=(AFTER - timedelta(days=6)).isoformat()),
        amended(absent(), None),
    ],
)
def test_a_patient_neither_excuses_themselves_nor_says_it_in_the_past(said: Step) -> None:
    walk, _ = walk_until("session.note-absence")
    with pytest.raises(NotAllowed):
        do(walk, said, somebody(Role.PATIENT, patient_id=BEN))


def test_another_patient_is_not_there_for_a_patient() -> None:
    walk, _ = walk_until("session.note-absence")
    with pytest.raises(NotKnown, match="no such patient"):
        do(walk, absent(), somebody(Role.PATIENT, patient_id=ANN))


# Intake


def test_a_counselor_screens_a_candidate_whom_nobody_has_and_no_patient_of_others() -> None:
    walk, step = walk_until("screening.screen")
    counselor = somebody(Role.COUNSELOR, staff_id="staff-9")
    assert do(walk, step, counselor)
    with pytest.raises(NotKnown, match="no such patient"):
        do(walk, replace(step, changes=of(ANN)), counselor, "command-2")


def test_who_leads_a_group_reviews_the_plan_of_who_is_expected_in_it_and_nobody_else() -> None:
    walk, step = walk_until("patient.authorize")
    review = replace(step, name="patient.review-plan", at=AFTER)
    leads, other = (somebody(Role.COUNSELOR, staff_id=each) for each in ("staff-7", "staff-9"))
    with pytest.raises(NotKnown, match="no such patient"):
        do(walk, review, other)
    (reviewed,) = do(walk, replace(review, changes={"next_review": "2025-05-05"}), leads)
    assert reviewed.originator_id == ANN
