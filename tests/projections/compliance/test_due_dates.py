"""What moves a due date by the view: later visits, contacts, consents, closures, leaves."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

import pytest

from domain.aggregate import Event
from domain.compliance.evaluation import Scope, judge_patient
from domain.compliance.finding import Finding
from domain.patient import Consent, Discharge, Disclosure, Plan
from domain.patient.consent import Purpose
from projections.compliance.case_file import EVER
from projections.compliance.intake import EventIntake
from projections.compliance.recompute import recompute
from projections.view import Steps
from services.application.discharge import discharge_patient
from services.application.disclosures import disclose, give_consent, revoke_consent
from services.application.episode import grant_leave, revise_leave
from services.application.plans import review_plan, set_plan
from services.application.rosters import book_patient
from services.application.sessions import call_off_session
from services.application.signatures import sign_group_note
from services.application.support_network import attempt_outreach
from services.application.tracks import declare_closure
from tests.support.evaluated_clinic import EvaluatedClinic, morning_after
from tests.support.read_models import ReadModels
from tests.support.small_clinic import ANN, FACILITY, FRIDAY, MONDAY, PROGRAM, WEDNESDAY

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
NEW = {
    "note_before_next": 1,
    "no_contact_days": 5,
    "plan_review_visits": 4,
    "certification_months": 1,
    "court_report_business_days": 10,
    "make_up_days": 3,
}
RULES = {"note-due", "contact", "plan-review", "certification", "court-report", "make-up-owed"}
COURT = Consent("court", "District court", "legal", ("attendance",), MONDAY, date(2025, 6, 30))
"""The stay begins on Monday, 3 March 2025; what is for court holds from then on."""


@pytest.fixture
def clinic(read_models: ReadModels) -> EvaluatedClinic:
    return EvaluatedClinic(read_models)


# Step by step it is as if all were judged anew


def story(**numbers: int) -> list[Event]:
    """Three weeks, and their report, in which much that moves a due day is told late."""
    clinic = EvaluatedClinic()
    clinic.adopt(MONDAY, **(numbers or NEW))
    clinic.enrol(ANN)
    clinic.daybook.handle(clinic.context(), set_plan, ANN, Plan(540, 3), MONDAY)
    clinic.daybook.handle(clinic.context(), give_consent, ANN, COURT)
    clinic.attends(ANN, MONDAY, WEDNESDAY)
    clinic.closes(MONDAY, WEDNESDAY)
    clinic.daybook.handle(clinic.context(), sign_group_note, clinic.evening(MONDAY).id)
    individual = clinic.own("individual", FRIDAY)
    clinic.daybook.handle(clinic.context(), book_patient, individual, ANN)
    clinic.daybook.handle(clinic.context(), call_off_session, clinic.evening(FRIDAY).id, "snow")
    clinic.closes(MONDAY + WEEK)
    clinic.at("11:00", MONDAY + 8 * DAY)
    missed = clinic.evening(MONDAY + WEEK).id
    clinic.daybook.handle(
        clinic.context(), attempt_outreach, ANN, missed, way="call", result="reached"
    )
    clinic.attends(ANN, WEDNESDAY + WEEK, FRIDAY + WEEK)
    clinic.closes(WEDNESDAY + WEEK, FRIDAY + WEEK)
    clinic.was_there(ANN, MONDAY, "19:00")
    clinic.at("12:00", MONDAY + 12 * DAY)
    clinic.daybook.handle(
        clinic.context(), grant_leave, ANN, date(2025, 3, 24), date(2025, 3, 30), "hospital"
    )
    clinic.at("12:00", MONDAY + 2 * WEEK)
    today = clinic.now.date()
    clinic.daybook.handle(clinic.context(), review_plan, ANN, today, today + 30 * DAY)
    clinic.at("12:00", date(2025, 3, 27))
    clinic.daybook.handle(
        clinic.context(), revise_leave, ANN, date(2025, 3, 24), date(2025, 3, 27), "home again"
    )
    clinic.at("12:00", date(2025, 4, 7))
    clinic.daybook.handle(
        clinic.context(),
        disclose,
        ANN,
        Disclosure("report", "court", ("attendance",), date(2025, 4, 7)),
    )
    clinic.daybook.handle(
        clinic.context(), declare_closure, FACILITY, PROGRAM, date(2025, 4, 3), "storm"
    )
    clinic.daybook.handle(
        clinic.context(),
        discharge_patient,
        ANN,
        Discharge(date(2025, 4, 7), "completed", ("goals-met",)),
    )
    clinic.at("12:00", date(2025, 4, 9))
    clinic.daybook.handle(clinic.context(), revoke_consent, ANN, "court", date(2025, 4, 9))
    return clinic.new_events()


def alone(steps: Steps) -> None:
    """Take steps where there are no tables."""
    try:
        next(steps)
        while True:
            steps.send(())
    except StopIteration:
        return


def anew(intake: EventIntake, patient_id: str) -> Iterator[Finding]:
    """All that is to be said of a patient as of when they were judged last."""
    files = intake.evaluator.files
    file = files.find("patient", patient_id)
    assert file
    assert file.judged_at
    site = files.facts("facility", FACILITY)
    programs = {each: files.facts("program", each) for each in file.programs}
    through = site.day_of(file.judged_at) - DAY
    scope = Scope.since(EVER, file.judged_at, through)
    yield from judge_patient(file.facts, site, programs, lambda _: [], scope).findings


def of_clocks(found: Iterable[Finding], patient_id: str) -> dict[str, Finding]:
    return {
        each.finding_id: each
        for each in found
        if each.rule in RULES and each.patient_id == patient_id
    }


@pytest.mark.parametrize("key", NEW)
def test_after_each_command_everything_stands_as_if_it_were_judged_anew(key: str) -> None:
    intake, states = EventIntake(), set()
    for _, command in groupby(story(**{key: NEW[key]}), key=lambda each: each.command_id):
        alone(intake.take(list(command)))
        file = intake.evaluator.files.known.get(("patient", ANN))
        if file is None or file.judged_at is None or not file.facts.stays:
            continue
        stands = of_clocks(intake.evaluator.verdicts.findings.values(), ANN)
        assert stands == of_clocks(anew(intake, ANN), ANN)
        states |= {each.state for each in stands.values()}
    assert len(states) > 1


def test_every_finding_by_these_clocks_comes_out_again_from_its_events() -> None:
    events, now = story(), datetime(2025, 4, 30, 9, tzinfo=UTC)
    order = {each.event_id: number for number, each in enumerate(events)}
    found = of_clocks(recompute(events, now).values(), ANN)
    assert {each.rule for each in found.values()} == RULES
    for each in found.values():
        named = [events[number] for number in sorted(order[name] for name in each.evidence)]
        assert recompute(named, now)[each.finding_id] == each


# By the view


def due(clinic: EvaluatedClinic, rule: str) -> list[Any]:
    """The days on which what is open of Ann begins and is due, and its state."""
    rows = clinic.running(rule, "patient_id", "from_day", "to_day", "state")
    return [row[1:] for row in rows if row[0] == ANN]


@pytest.mark.parametrize(
    ("purpose", "is_reported"),
    [("legal", True), ("criminal-justice", True), ("employment", False)],
)
def test_a_court_is_reported_to_under_a_consent_that_is_for_one(
    clinic: EvaluatedClinic, purpose: Purpose, is_reported: bool
) -> None:
    clinic.adopt(court_report_business_days=10)
    clinic.daybook.handle(clinic.context(), give_consent, ANN, replace(COURT, purpose=purpose))
    clinic.show(datetime(2025, 4, 1, 9, tzinfo=UTC))
    assert bool(due(clinic, "court-report")) is is_reported


def test_a_leave_moves_a_due_day_and_moves_it_back_when_it_is_revised(
    clinic: EvaluatedClinic,
) -> None:
    clinic.adopt(bam_days=7, court_report_business_days=10)
    clinic.daybook.handle(clinic.context(), give_consent, ANN, COURT)
    clinic.show(morning_after(MONDAY))
    assert due(clinic, "bam") == [(MONDAY, date(2025, 3, 10), "on_track")]
    clinic.at("10:00", MONDAY + DAY)
    clinic.daybook.handle(
        clinic.context(), grant_leave, ANN, WEDNESDAY, date(2025, 3, 9), "hospital"
    )
    clinic.show(morning_after(MONDAY + DAY))
    # The 4th, then the 10th to the 15th.
    assert due(clinic, "bam") == [(MONDAY, date(2025, 3, 15), "on_track")]
    clinic.show(datetime(2025, 3, 11, 9, tzinfo=UTC))
    assert due(clinic, "bam") == [(MONDAY, date(2025, 3, 15), "on_track")]
    clinic.at("10:00", date(2025, 3, 11))
    clinic.daybook.handle(
        clinic.context(), revise_leave, ANN, WEDNESDAY, date(2025, 3, 7), "home again"
    )
    clinic.show(datetime(2025, 3, 11, 11, tzinfo=UTC))
    # The 4th, then the 8th to the 13th.
    assert due(clinic, "bam") == [(MONDAY, date(2025, 3, 13), "on_track")]
    clinic.daybook.handle(clinic.context(), revise_leave, ANN, WEDNESDAY, None, "home again")
    clinic.show(datetime(2025, 3, 11, 12, tzinfo=UTC))
    assert due(clinic, "bam") == []
    late = clinic.findings("bam", "patient_id", "to_day", "state")
    assert (ANN, date(2025, 3, 10), "breached") in late


def test_a_week_of_leave_asks_for_no_hours_and_its_events_prove_it(clinic: EvaluatedClinic) -> None:
    clinic.adopt(attended_minutes_min=540)
    clinic.enrol(ANN)
    clinic.at("10:00", MONDAY + DAY)
    clinic.daybook.handle(clinic.context(), grant_leave, ANN, FRIDAY, FRIDAY, "hospital")
    clinic.show(morning_after(MONDAY, 8))
    found = clinic.findings("attended-hours", "patient_id", "state", "because", "finding_id")
    (_, state, because, finding_id) = next(row for row in found if row[0] == ANN)
    assert (state, because) == (
        "not_applicable",
        "the patient was on leave on a part of the week",
    )
    events = clinic.journal.all_events()
    evidence = recompute(events, morning_after(MONDAY, 8))[finding_id].evidence
    assert [each.TOPIC for each in events if each.event_id in evidence].count(
        "patient.leave-granted"
    ) == 1
    named = [each for each in events if each.event_id in evidence]
    assert recompute(named, morning_after(MONDAY, 8))[finding_id].state == "not_applicable"
