"""What notes, co-signatures, modalities and partial hospitalization make of a day, as it goes on.

Each evening has 90 minutes of group and 90 of education, and Ann is there for all of it.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.staff import Staff
from projections.compliance.recompute import recompute
from services.application import Command
from services.application.check_in import check_in, check_out
from services.application.episode import (
    record_partial_hospitalization,
    withdraw_partial_hospitalization,
)
from services.application.facilities import (
    keep_staff,
    revise_program,
    supervise_credential,
    unsupervise_credential,
)
from services.application.rosters import book_patient
from services.application.sessions import close_session, reschedule_session
from services.application.signatures import (
    cosign_note,
    merge_patients,
    sign_group_note,
    sign_individual_note,
)
from tests.support.evaluated_clinic import EvaluatedClinic, morning_after
from tests.support.read_models import ReadModels
from tests.support.small_clinic import (
    ANN,
    BEN,
    FACILITY,
    FRIDAY,
    MONDAY,
    PROGRAM,
    WEDNESDAY,
)

TUESDAY, NEXT_WEEK = MONDAY + timedelta(days=1), MONDAY + timedelta(days=7)
MEDICARE = {
    **{"day_services_min": 3, "day_services_full": 4, "primary_services_min": 1},
    **{"in_person_services_min": 1, "php_days_after": 7},
}
INTERN = Staff("staff-3", "staff-3", "intern")


@pytest.fixture
def clinic(read_models: ReadModels) -> EvaluatedClinic:
    found = EvaluatedClinic(read_models)
    found.enrol(ANN)
    return found


def do(
    clinic: EvaluatedClinic, command: Command[..., Any], *words: Any, by: str = "staff-1"
) -> None:
    clinic.daybook.handle(clinic.context(by), command, *words)


def evening(clinic: EvaluatedClinic, day: date = MONDAY) -> str:
    clinic.attends(ANN, day)
    clinic.closes(day)
    return clinic.evening(day).id


def days(clinic: EvaluatedClinic, now: date = FRIDAY) -> list[tuple[Any, ...]]:
    clinic.show(morning_after(now))
    return clinic.rows("SELECT day, units, reasons FROM compliance.days ORDER BY day")


def test_a_day_waits_for_a_note_about_each_service(clinic: EvaluatedClinic) -> None:
    clinic.adopt(day_minutes_min=180)
    session_id = evening(clinic)
    assert days(clinic) == [(MONDAY, 0, ["signature"])]
    do(clinic, sign_group_note, session_id)
    assert days(clinic) == [(MONDAY, 0, ["note"])]
    do(clinic, sign_individual_note, session_id, ANN, ("group",))
    assert days(clinic) == [(MONDAY, 0, ["note"])]
    do(clinic, sign_individual_note, session_id, ANN, ("education",), by="staff-2")
    assert days(clinic) == [(MONDAY, 1, [])]


def supervised(clinic: EvaluatedClinic, from_day: date = MONDAY) -> None:
    do(clinic, keep_staff, FACILITY, INTERN)
    do(clinic, supervise_credential, FACILITY, "intern", from_day)


def test_a_day_waits_for_the_co_signature_under_an_interns_note(clinic: EvaluatedClinic) -> None:
    clinic.adopt(day_minutes_min=180, cosign_business_days=1)
    session_id = evening(clinic)
    do(clinic, sign_individual_note, session_id, ANN, by="staff-3")
    do(clinic, keep_staff, FACILITY, INTERN)
    assert days(clinic) == [(MONDAY, 1, [])]
    # The note of before stands under the credential that its author had.
    do(clinic, supervise_credential, FACILITY, "intern", MONDAY)
    assert days(clinic) == [(MONDAY, 1, [])]
    again = evening(clinic, WEDNESDAY)
    do(clinic, sign_individual_note, again, ANN, by="staff-3")
    assert days(clinic, FRIDAY)[1:] == [(WEDNESDAY, 0, ["cosignature"])]
    assert clinic.findings("cosignature", "from_day", "to_day", "state") == [
        (WEDNESDAY, WEDNESDAY + timedelta(days=1), "breached")
    ]
    clinic.at("10:00", FRIDAY)
    do(clinic, cosign_note, again, ANN)
    assert days(clinic, FRIDAY)[1:] == [(WEDNESDAY, 1, [])]
    # From Wednesday, the 5th, to Friday, the 7th: two business days.
    assert clinic.findings("cosignature", "state", "measured") == [("breached", 2)]


def test_what_a_credential_asks_for_may_be_said_later_and_taken_back(
    clinic: EvaluatedClinic,
) -> None:
    clinic.adopt(day_minutes_min=180)
    session_id = evening(clinic)
    do(clinic, sign_individual_note, session_id, ANN)
    assert days(clinic) == [(MONDAY, 1, [])]
    do(clinic, supervise_credential, FACILITY, "LCSW", TUESDAY)
    assert days(clinic) == [(MONDAY, 1, [])]
    do(clinic, supervise_credential, FACILITY, "LCSW", MONDAY)
    assert days(clinic) == [(MONDAY, 0, ["cosignature"])]
    do(clinic, unsupervise_credential, FACILITY, "LCSW", MONDAY)
    assert days(clinic) == [(MONDAY, 1, [])]


def test_partial_hospitalization_holds_days_back_until_it_is_taken_back(
    clinic: EvaluatedClinic,
) -> None:
    clinic.adopt(MONDAY, **MEDICARE)
    for day in (MONDAY, WEDNESDAY):
        do(clinic, sign_individual_note, evening(clinic, day), ANN)
    assert days(clinic) == [(MONDAY, 1, []), (WEDNESDAY, 1, [])]
    began = MONDAY - timedelta(days=20)
    # The Monday is the sixth day after it, the Wednesday the eighth.
    do(clinic, record_partial_hospitalization, ANN, began, MONDAY - timedelta(days=6))
    held = ["partial-hospitalization"]
    assert days(clinic) == [(MONDAY, 0, held), (WEDNESDAY, 1, [])]
    assert clinic.findings("partial-hospitalization", "from_day", "state", "measured") == [
        (MONDAY, "breached", 5),
        (WEDNESDAY, "met", 7),
    ]
    do(clinic, record_partial_hospitalization, ANN, began, None)
    assert days(clinic) == [(MONDAY, 0, held), (WEDNESDAY, 0, held)]
    do(clinic, withdraw_partial_hospitalization, ANN, began, "it was day treatment")
    assert days(clinic) == [(MONDAY, 1, []), (WEDNESDAY, 1, [])]


def test_partial_hospitalization_of_a_record_that_was_merged_is_of_the_other(
    clinic: EvaluatedClinic,
) -> None:
    clinic.adopt(MONDAY, **MEDICARE)
    do(clinic, sign_individual_note, evening(clinic), ANN)
    do(clinic, record_partial_hospitalization, BEN, MONDAY - timedelta(days=9), MONDAY)
    assert days(clinic) == [(MONDAY, 1, [])]
    do(clinic, merge_patients, BEN, ANN)
    assert clinic.patient(ANN).hospitalized == {MONDAY - timedelta(days=9): MONDAY}
    assert days(clinic) == [(MONDAY, 0, ["partial-hospitalization"])]


@pytest.mark.parametrize(
    ("modality", "units", "state"),
    [("in-person", 1, "met"), ("video", 0, "breached"), ("hybrid", 0, "unknown")],
)
def test_a_day_by_video_is_none_to_medicare(
    clinic: EvaluatedClinic, modality: Any, units: int, state: str
) -> None:
    clinic.adopt(MONDAY, **MEDICARE)
    session = clinic.evening(MONDAY)
    if modality != "in-person":
        do(clinic, reschedule_session, session.id, replace(session.meeting, modality=modality))
    do(clinic, sign_individual_note, evening(clinic), ANN)
    assert days(clinic) == [(MONDAY, units, [] if units else ["video"])]
    assert clinic.findings("in-person", "state") == [(state,)]


def test_a_day_that_runs_can_still_get_the_service_in_person_that_it_lacks(
    clinic: EvaluatedClinic,
) -> None:
    clinic.adopt(MONDAY, **MEDICARE)
    session = clinic.evening(WEDNESDAY)
    do(clinic, reschedule_session, session.id, replace(session.meeting, modality="video"))
    clinic.show(clinic.at("09:00", WEDNESDAY))
    assert clinic.running("in-person", "state") == [("impossible",)]
    clinic.own("alone", WEDNESDAY, 12)
    clinic.show(clinic.at("09:30", WEDNESDAY))
    assert clinic.running("in-person", "state") == [("at_risk",)]
    # The group and the education by video are none; two hours alone are one of the three asked for.
    assert clinic.running("services-a-day", "state", "measured") == [("impossible", 0)]


def test_what_a_program_treats_for_gives_the_code_of_its_days(clinic: EvaluatedClinic) -> None:
    clinic.adopt(day_minutes_min=180)
    do(clinic, sign_individual_note, evening(clinic), ANN)
    days(clinic)
    codes = "SELECT lines -> 0 ->> 'revenue_code', lines -> 0 ->> 'code' FROM compliance.days"
    assert clinic.rows(codes) == [("0906", "H0015")]
    facts: Any = {
        **{"name": "Adults", "population": "adult", "focus": "mental-health"},
        **{"weekly_minutes": 540, "days_per_week": 3},
    }
    clinic.daybook.handle(clinic.context(), revise_program, FACILITY, PROGRAM, **facts)
    days(clinic)
    assert clinic.rows(codes) == [("0905", "S9480")]


def test_a_short_day_falls_back_to_its_discrete_services(clinic: EvaluatedClinic) -> None:
    """From 17:00 to 19:00: 90 minutes of group, which are a session, and 30 of education, two."""
    clinic.adopt(day_minutes_min=180, discrete_below_minimum=1)
    clinic.attends(ANN, MONDAY, leaves="19:00")
    clinic.closes(MONDAY)
    assert days(clinic) == [(MONDAY, 0, ["minutes", "signature"])]
    assert clinic.rows("SELECT lines, fallback FROM compliance.days") == [([], None)]
    do(clinic, sign_individual_note, clinic.evening(MONDAY).id, ANN)
    assert days(clinic) == [(MONDAY, 0, ["minutes"])]
    [(lines, fallback, left_out)] = clinic.rows(
        "SELECT lines, fallback, left_out FROM compliance.days"
    )
    assert [(each["code"], each["units"], each["minutes"]) for each in lines] == [
        ("H0005", 1, 90),
        ("H2027", 2, 30),
    ]
    assert (fallback, left_out) == ("discrete-services", [])


def test_days_and_findings_come_out_again_of_the_events_that_they_name(
    clinic: EvaluatedClinic, read_models: ReadModels
) -> None:
    """A clinic of Medicare's, with notes by an intern and an hour alone."""
    clinic.adopt(MONDAY, **MEDICARE, cosign_business_days=1)
    supervised(clinic)
    do(clinic, record_partial_hospitalization, ANN, MONDAY - timedelta(days=20), MONDAY)
    for number, day in enumerate((MONDAY, WEDNESDAY, FRIDAY)):
        author = ("staff-1", "staff-3", "staff-3")[number]
        do(clinic, sign_individual_note, evening(clinic, day), ANN, by=author)
    clinic.at("22:00", FRIDAY)
    do(clinic, cosign_note, clinic.evening(FRIDAY).id, ANN)
    alone = clinic.own("alone", NEXT_WEEK, 12)
    do(clinic, book_patient, alone, ANN)
    clinic.at("12:00", NEXT_WEEK)
    do(clinic, check_in, alone, ANN)
    clinic.at("14:00", NEXT_WEEK)
    do(clinic, check_out, alone, ANN)
    do(clinic, close_session, alone)
    events, now = clinic.journal.all_events(), morning_after(NEXT_WEEK)
    found = recompute(events, now)
    rules = {"primary-service", "in-person", "partial-hospitalization", "cosignature"}
    own = [each for each in found.values() if each.rule in rules]
    assert {each.rule for each in own} == rules
    assert {each.state for each in own} >= {"met", "breached"}
    for each in own:
        named = [event for event in events if event.event_id in each.evidence]
        assert recompute(named, now)[each.finding_id] == each
    every = "SELECT to_jsonb(d) FROM compliance.days d ORDER BY day"
    with read_models.again():
        clinic.show(now)
        told = [row[0] for row in clinic.rows(every)]
    assert len(told) >= 3
    for each in told:
        named = [event for event in events if event.event_id in each["evidence"]]
        with read_models.again():
            read_models.take_events(named)
            read_models.tick(now)
            assert each in [row[0] for row in read_models.rows(every)]
