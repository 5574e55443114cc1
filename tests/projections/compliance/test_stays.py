"""What a stay begins and ends with, and what courts are told, by the view: told late, put right.

The stay begins on Monday, 3 March 2025, and ends on Monday, 7 April, or a day later.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

import pytest

from domain.aggregate import Event
from domain.compliance.finding import ASKED_BY, Finding
from domain.facility import Facility
from domain.monitoring.drug_test import Outcome, Result
from domain.patient import Consent, Discharge, Disclosure, Plan
from domain.staff import Credential
from projections import compliance
from projections.compliance.intake import EventIntake
from projections.compliance.recompute import recompute
from projections.compliance.rule_groups import DUE_IN_TIME, OWED_AFTERWARDS
from services.application.check_in import check_in, check_out
from services.application.discharge import discharge_patient, sign_discharge_summary
from services.application.disclosures import disclose, give_consent
from services.application.episode import record_incident, withdraw_incident
from services.application.monitoring import (
    collect_specimen,
    correct_result,
    notify_of_test,
    order_drug_test,
    report_result,
    set_testing_phase,
)
from services.application.plans import certify_care, set_plan
from services.application.rosters import book_patient
from services.application.sessions import close_session, schedule_session
from services.application.signatures import sign_individual_note
from tests.projections.compliance.test_due_dates import alone, anew
from tests.support.evaluated_clinic import EvaluatedClinic, morning_after
from tests.support.read_models import ReadModels
from tests.support.small_clinic import (
    ANN,
    FACILITY,
    FRIDAY,
    MONDAY,
    WEDNESDAY,
    own_meeting,
)

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
ENDED = date(2025, 4, 7)
COURT = Consent(
    "court", "District court", "criminal-justice", ("attendance",), MONDAY, date(2025, 6, 30)
)
NUMBERS: dict[str, dict[str, int]] = {
    "first-plan": {"first_plan_days": 3, "first_plan_visits": 1},
    "plan-review": {"first_plan_days": 3, "plan_review_days": 14},
    "first-certification": {"first_certification_days": 5},
    "certification": {"first_certification_days": 5, "certification_days": 14},
    "drug-test": {"drug_test_days": 7, "drug_test_stable_days": 14},
    "discharge-summary": {"discharge_summary_business_days": 3},
    "noncompliance-report": {"noncompliance_report_business_days": 4},
    "emergency-report": {"emergency_report_business_days": 3},
    "crisis-note": {"crisis_note_hours": 24},
}
"""By the rule that it is about what a policy asks for."""

ALL = {key: number for numbers in NUMBERS.values() for key, number in numbers.items()}


@pytest.fixture
def clinic(read_models: ReadModels) -> EvaluatedClinic:
    return EvaluatedClinic(read_models)


class Stay:
    """Ann's stay, command by command."""

    def __init__(self, clinic: EvaluatedClinic) -> None:
        self.clinic = clinic

    def does(self, command: Any, *arguments: Any, author: str = "staff-1") -> Any:
        return self.clinic.daybook.handle(self.clinic.context(author), command, ANN, *arguments)

    def is_tested(self, day: date) -> str:
        self.clinic.at("17:10", day)
        test_id: str = self.does(order_drug_test, "for-cause")
        self.does(notify_of_test, test_id)
        self.does(collect_specimen, test_id, "urine")
        return test_id

    def result(self, outcome: Outcome) -> Result:
        substances = ("THC",) if outcome == "positive" else ()
        return Result("definitive", outcome, self.clinic.now, substances)

    def comes_in_a_crisis(self, day: date) -> str:
        """Come to a session about a crisis; its note is signed 26 hours after its end."""
        clinic, meeting = self.clinic, own_meeting(day, 12, "room-2", "staff-2")
        part = replace(meeting.parts[0], format="crisis")
        clinic.at("11:00", day)
        session_id: str = clinic.daybook.handle(
            clinic.context(),
            schedule_session,
            facility_id=FACILITY,
            label="crisis",
            meeting=replace(meeting, parts=(part,)),
        )
        clinic.daybook.handle(clinic.context(), book_patient, session_id, ANN)
        clinic.at("12:00", day)
        clinic.daybook.handle(clinic.context(), check_in, session_id, ANN)
        clinic.at("14:00", day)
        clinic.daybook.handle(clinic.context(), check_out, session_id, ANN)
        clinic.daybook.handle(clinic.context(), close_session, session_id)
        return session_id


def with_physician(clinic: EvaluatedClinic) -> None:
    site = clinic.journal.load(Facility.id_of(FACILITY))
    site.record_credential(clinic.context(), "staff-3", Credential("MD", MONDAY, None))
    clinic.journal.save(site)


def story(**numbers: int) -> list[Event]:
    """Six weeks in which what the rules ask for is done, told late and put right."""
    clinic = EvaluatedClinic()
    stay = Stay(clinic)
    with_physician(clinic)
    clinic.adopt(MONDAY, **numbers)
    clinic.enrol(ANN)
    stay.does(give_consent, COURT)
    clinic.attends(ANN, MONDAY, WEDNESDAY)
    clinic.closes(MONDAY, WEDNESDAY, FRIDAY)
    clinic.at("10:00", MONDAY + WEEK)
    stay.does(set_plan, Plan(540, 3), FRIDAY)
    clinic.at("11:00", MONDAY + WEEK)
    # It held from Wednesday on, as turns out.
    stay.does(set_plan, Plan(600, 3), WEDNESDAY)
    session_id = stay.comes_in_a_crisis(MONDAY + 8 * DAY)
    first = stay.is_tested(MONDAY + 9 * DAY)
    stay.does(report_result, first, stay.result("positive"))
    clinic.at("16:00", MONDAY + 9 * DAY)
    clinic.daybook.handle(clinic.context(), sign_individual_note, session_id, ANN)
    stay.does(record_incident, "arrest", MONDAY + 8 * DAY)
    clinic.at("10:00", MONDAY + 11 * DAY)
    stay.does(certify_care, MONDAY + 9 * DAY, author="staff-3")
    stay.does(set_testing_phase, "stable", MONDAY + 10 * DAY)
    stay.does(disclose, Disclosure("first", "court", ("attendance",), MONDAY + 11 * DAY))
    clinic.at("10:00", MONDAY + 12 * DAY)
    stay.does(withdraw_incident, "arrest", MONDAY + 8 * DAY, "it was somebody else")
    clinic.at("10:00", MONDAY + 15 * DAY)
    stay.does(correct_result, first, stay.result("negative"), "the laboratory erred")
    stay.does(set_testing_phase, "initial", MONDAY + 14 * DAY)
    stay.is_tested(MONDAY + 18 * DAY)
    clinic.at("10:00", MONDAY + 22 * DAY)
    stay.does(certify_care, MONDAY + 22 * DAY, author="staff-3")
    stay.does(record_incident, "use", MONDAY + 21 * DAY)
    stay.does(record_incident, "no-progress", MONDAY + 20 * DAY)
    clinic.at("10:00", date(2025, 4, 2))
    stay.does(record_incident, "self-help-missed", date(2025, 4, 1))
    clinic.at("12:00", ENDED)
    stay.does(disclose, Disclosure("second", "court", ("attendance",), ENDED))
    stay.does(discharge_patient, Discharge(ENDED, "against-advice", ("own-wish",)))
    clinic.at("12:00", ENDED + 2 * DAY)
    stay.does(discharge_patient, Discharge(ENDED + DAY, "dropped-out", ("no-contact",)))
    clinic.at("12:00", ENDED + 3 * DAY)
    stay.does(sign_discharge_summary, ENDED + 2 * DAY)
    return clinic.new_events()


def of_rules(found: Iterable[Finding], rules: Iterable[str]) -> dict[str, Finding]:
    return {
        each.finding_id: each for each in found if each.rule in rules and each.patient_id == ANN
    }


@pytest.mark.parametrize("rule", NUMBERS)
def test_after_each_command_everything_stands_as_if_it_were_judged_anew(rule: str) -> None:
    intake, states, now = EventIntake(), set(), datetime(2025, 4, 30, 9, tzinfo=UTC)
    for _, command in groupby(story(**NUMBERS[rule]), key=lambda each: each.command_id):
        alone(intake.take(list(command)))
        file = intake.evaluator.files.known.get(("patient", ANN))
        if file is None or file.judged_at is None or not file.facts.stays:
            continue
        stands = of_rules(intake.evaluator.verdicts.findings.values(), ASKED_BY)
        assert stands == of_rules(anew(intake, ANN), ASKED_BY)
        states |= {each.state for each in stands.values() if each.rule == rule}
    alone(intake.pass_time_at(FACILITY, now))
    stands = of_rules(intake.evaluator.verdicts.findings.values(), ASKED_BY)
    assert stands == of_rules(anew(intake, ANN), ASKED_BY)
    assert len(states | {each.state for each in stands.values() if each.rule == rule}) > 1


def test_every_finding_by_these_rules_comes_out_again_from_its_events() -> None:
    events, now = story(**ALL), datetime(2025, 4, 30, 9, tzinfo=UTC)
    order = {each.event_id: number for number, each in enumerate(events)}
    found = of_rules(recompute(events, now).values(), NUMBERS)
    assert {each.rule for each in found.values()} == set(NUMBERS)
    for each in found.values():
        named = [events[number] for number in sorted(order[name] for name in each.evidence)]
        assert recompute(named, now)[each.finding_id] == each


def test_a_stay_comes_to_what_was_worked_out_by_hand() -> None:
    events, now = story(**ALL), datetime(2025, 4, 30, 9, tzinfo=UTC)
    found = of_rules(recompute(events, now).values(), NUMBERS).values()
    told: dict[str, list[tuple[str, str, int | None]]] = {}
    for each in sorted(found, key=lambda each: (each.rule, each.first_day)):
        shown = (f"{each.first_day:%m-%d}", each.state, each.measured)
        told.setdefault(each.rule, []).append(shown)
    assert told == {
        # The plan holds from Wednesday, the 5th, on: with the first visit after the admission.
        "first-plan": [("03-03", "met", 2)],
        # From the 5th on two weeks are the 19th: nobody reviewed it.
        "plan-review": [("03-05", "breached", None)],
        # The 12th is nine days after the 3rd; from the 12th to the 25th are thirteen days.
        "first-certification": [("03-03", "breached", 9)],
        "certification": [("03-12", "met", 13), ("03-25", "not_applicable", None)],
        # 3rd to 12th: nine of seven days. Found stable on the 13th, and no longer on the 17th:
        # on the 19th, a week after the 12th, it is the 17th that counts. 12th to 21st: nine days;
        # 17th to 21st: four. From the 21st a week is the 28th.
        "drug-test": [
            ("03-03", "breached", 9),
            ("03-12", "breached", 9),
            ("03-17", "met", 4),
            ("03-21", "breached", None),
        ],
        # From Tuesday, the 8th of April, to Wednesday.
        "discharge-summary": [("04-08", "met", 1)],
        # Friday, the 7th, was missed, and more. From Monday, the 31st: 1, 2, 3, 4 and 7 April. In
        # April there was a self-help group; nothing was told after Tuesday, the 8th.
        "noncompliance-report": [("03-31", "breached", 5), ("04-08", "breached", None)],
        # The arrest was taken back, and the result was negative. From Monday, the 24th, to the 7th
        # of April are ten business days. The discharge was against nobody's advice in the end.
        "emergency-report": [("03-24", "breached", 10)],
        # 14:00 on the 11th to 16:00 on the 12th.
        "crisis-note": [("03-11", "breached", 26)],
    }


def test_a_month_of_noncompliance_is_there_once_it_is_over(clinic: EvaluatedClinic) -> None:
    stay = Stay(clinic)
    clinic.adopt(MONDAY, noncompliance_report_business_days=10)
    clinic.enrol(ANN)
    stay.does(give_consent, COURT)
    clinic.attends(ANN, MONDAY)
    clinic.closes(MONDAY, WEDNESDAY)
    clinic.show(datetime(2025, 3, 31, 12, tzinfo=UTC))
    assert clinic.running("noncompliance-report", "patient_id") == []
    clinic.show(morning_after(date(2025, 3, 31)))
    # 1 to 4, 7 to 11 and 14 April.
    assert clinic.running("noncompliance-report", "patient_id", "from_day", "to_day", "state") == [
        (ANN, date(2025, 3, 31), date(2025, 4, 14), "on_track")
    ]


def test_a_discharge_summary_is_asked_for_from_the_day_after_the_discharge_on(
    clinic: EvaluatedClinic,
) -> None:
    stay = Stay(clinic)
    clinic.adopt(MONDAY, discharge_summary_business_days=5)
    clinic.at("12:00", FRIDAY)
    stay.does(discharge_patient, Discharge(FRIDAY, "completed", ("goals-met",)))
    clinic.show(datetime(2025, 3, 7, 13, tzinfo=UTC))
    assert clinic.running("discharge-summary", "patient_id") == []
    clinic.show(morning_after(FRIDAY))
    columns = ("patient_id", "from_day", "to_day", "state")
    assert clinic.running("discharge-summary", *columns) == [
        (ANN, FRIDAY, FRIDAY + WEEK, "on_track")
    ]
    clinic.at("12:00", FRIDAY + WEEK)
    stay.does(sign_discharge_summary, FRIDAY + WEEK)
    clinic.show(morning_after(FRIDAY + WEEK))
    assert clinic.findings("discharge-summary", *columns, "measured") == [
        (ANN, FRIDAY, FRIDAY + WEEK, "met", 5)
    ]


def test_what_adds_up_by_a_day_is_due_by_then_though_it_is_at_risk(clinic: EvaluatedClinic) -> None:
    clinic.adopt(total_minutes_min=9000, total_weeks=2)
    clinic.enrol(ANN)
    clinic.attends(ANN, MONDAY)
    clinic.closes(MONDAY)
    clinic.show(morning_after(MONDAY))
    asked: dict[str, Any] = {"facility_id": FACILITY, "through": date.max, "only": [ANN]}
    asked |= {"abouts": [], "rule": None, "in_treatment": [ANN], "owed_afterwards": []}
    asked |= {"rules": ["total-hours"], "added_up": ["total-hours"]}
    (row,) = clinic.rows(compliance.DEADLINES, **asked)
    assert "total-hours" in row
    assert "at_risk" in row


def test_what_is_owed_after_the_discharge_is_late_still_and_nothing_else(
    clinic: EvaluatedClinic,
) -> None:
    stay = Stay(clinic)
    clinic.adopt(
        MONDAY,
        discharge_summary_business_days=2,
        emergency_report_business_days=2,
        first_certification_days=1,
    )
    stay.does(give_consent, COURT)
    clinic.at("12:00", FRIDAY)
    stay.does(discharge_patient, Discharge(FRIDAY, "against-advice", ("own-wish",)))
    clinic.show(morning_after(FRIDAY + WEEK))
    rows = clinic.rows(
        compliance.DEADLINES,
        facility_id=FACILITY,
        through=date.max,
        rules=sorted(DUE_IN_TIME),
        added_up=[],
        owed_afterwards=sorted(OWED_AFTERWARDS),
        only=[ANN],
        abouts=[],
        rule=None,
        in_treatment=[],
    )
    late = {each for row in rows if "breached" in row for each in DUE_IN_TIME if each in row}
    assert late == {"discharge-summary", "emergency-report"}
    unsigned = clinic.findings("first-certification", "patient_id", "state")
    assert (ANN, "breached") in unsigned
