"""Screenings, questionnaires and drug tests in words."""

from typing import Any

from domain.monitoring import events as on
from domain.screening import ScreeningCorrected, ScreeningRecorded
from services.reports.history_wording import Wording, Words, day, listed, words
from services.reports.patient_page_text import CONCERNS, INCIDENTS, INSTRUMENTS


def _scales(event: Any) -> str:
    return ", ".join(
        f"{words(each.name)} {each.band}" + ("" if each.score is None else f" ({each.score})")
        for each in event.scales
    )


def _result(event: Any) -> str:
    result = event.result
    found = f": {listed(result.substances)}" if result.substances else ""
    return f"{words(result.outcome)} ({words(result.kind)}){found}"


MONITORING_WORDS: Words = {
    ScreeningRecorded: Wording(
        "screening",
        lambda e, _: f"Screened on {day(e.screened_on)}: level {e.finding.level} recommended",
    ),
    ScreeningCorrected: Wording(
        "screening", lambda e, _: f"Screening corrected: level {e.finding.level} recommended"
    ),
    on.AssessmentTaken: Wording(
        "assessments",
        lambda e, _: f"{INSTRUMENTS[e.instrument]} answered: {_scales(e)}",
        lambda e: e.taken_at,
    ),
    on.AssessmentCorrected: Wording("assessments", lambda e, _: f"Answers corrected: {_scales(e)}"),
    on.ConcernRaised: Wording("assessments", lambda e, _: f"Safety concern: {CONCERNS[e.concern]}"),
    on.ConcernAcknowledged: Wording(
        "assessments",
        lambda e, _: f"Safety concern acknowledged, {e.credential}: {words(e.response)}",
    ),
    on.DrugTestingOpened: Wording("drug_tests", lambda _, __: "Drug tests are on record from now"),
    on.IntervalSet: Wording(
        "drug_tests",
        lambda e, _: (
            f"Random drug tests from {day(e.began_on)}, every {e.gaps.shortest} to"
            f" {e.gaps.longest} days"
        ),
    ),
    on.IntervalEnded: Wording("drug_tests", lambda _, __: "No more random drug tests"),
    on.PhaseSet: Wording(
        "drug_tests",
        lambda e, _: (
            f"Stable from {day(e.from_day)}: tested less often"
            if e.phase == "stable"
            else f"No longer stable from {day(e.from_day)}: tested as at the start"
        ),
    ),
    on.DrugTestDrawn: Wording(
        "drug_tests", lambda e, _: f"Drug test drawn at random for {day(e.day)}"
    ),
    on.DrugTestOrdered: Wording(
        "drug_tests", lambda e, _: f"Drug test ordered for {day(e.day)}: {words(e.because)}"
    ),
    on.PatientNotified: Wording(
        "drug_tests", lambda e, n: f"Told of a drug test at {n.clock(e.at)}", lambda e: e.at
    ),
    on.SpecimenCollected: Wording(
        "drug_tests",
        lambda e, n: (
            f"Specimen taken at {n.clock(e.at)}: {words(e.specimen)}"
            + (", observed" if e.observed else "")
        ),
        lambda e: e.at,
    ),
    on.SpecimenHandedOver: Wording(
        "drug_tests",
        lambda e, n: (
            f"Specimen handed over by {n.person(e.hand_over.giver)} to"
            f" {n.person(e.hand_over.taker)}"
        ),
        lambda e: e.hand_over.at,
    ),
    on.ResultReported: Wording(
        "drug_tests", lambda e, _: f"Test result: {_result(e)}", lambda e: e.result.reported_at
    ),
    on.ResultCorrected: Wording("drug_tests", lambda e, _: f"Test result corrected: {_result(e)}"),
    on.DrugTestMissed: Wording("drug_tests", lambda _, __: "Did not come for a drug test"),
    on.DrugTestRefused: Wording(
        "drug_tests", lambda e, n: f"Gave no specimen at {n.clock(e.at)}", lambda e: e.at
    ),
    on.DrugTestCalledOff: Wording("drug_tests", lambda _, __: "Drug test called off"),
    on.IncidentsOpened: Wording("episodes", lambda _, __: "Incidents are on record from now"),
    on.IncidentRecorded: Wording(
        "episodes", lambda e, _: f"Learned on {day(e.learned_on)}: {INCIDENTS[e.kind]}"
    ),
    on.IncidentWithdrawn: Wording(
        "episodes",
        lambda e, _: f"Taken back, of {day(e.learned_on)}: {INCIDENTS[e.kind]}",
    ),
}
