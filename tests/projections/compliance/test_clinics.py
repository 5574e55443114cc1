"""The clinics' weeks, judged: as their expected files say, and again from the events alone."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from domain.aggregate import Event
from domain.compliance.finding import Finding
from domain.identity import IdentityRecorded
from projections.compliance.recompute import recompute
from services.clinic_import import import_clinic
from services.policy_packs import packs
from tests.support.memory_journal import MemoryJournal, MemoryVault

CLINICS = Path(__file__).parents[2] / "clinics"
NOWS = {
    "oak-street": datetime(2026, 11, 23, 12, tzinfo=UTC),
    "lighthouse": datetime(2026, 4, 19, 12, tzinfo=UTC),
    "havana": datetime(2026, 3, 16, 12, tzinfo=UTC),
}
SUFFIX = {"substance-use": "", "co-occurring": "", "mental-health": "-mh"}


@dataclass
class Judged:
    """A clinic's events, what is found of them, and who is who."""

    events: list[Event]
    findings: dict[str, Finding]
    mrns: dict[str, str]


@cache
def judged(clinic: str) -> Judged:
    journal: Any = MemoryJournal()
    vault = MemoryVault()
    outcome = import_clinic(journal, vault, CLINICS / clinic, now=NOWS[clinic])
    assert not outcome.faults
    events = journal.all_events()
    mrns = {
        each.patient_id: vault.begin().open(each.patient_id, each.sealed).mrn
        for each in events
        if isinstance(each, IdentityRecorded)
    }
    return Judged(events, recompute(events, NOWS[clinic]), mrns)


def rows(clinic: str, name: str) -> list[dict[str, str]]:
    with (CLINICS / clinic / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def standards_of(clinic: str) -> dict[str, str]:
    """The program standards of each patient's program, by record number."""
    standards = {
        row["program_id"]: f"program-standards-{row['population']}{SUFFIX[row['focus']]}"
        for row in rows(clinic, "programs.csv")
    }
    return {row["mrn"]: standards[row["program_id"]] for row in rows(clinic, "patients.csv")}


def offered_by(clinic: str) -> dict[str, str]:
    """What asks for hours on the schedule: ASAM's criteria, or what goes without them."""
    return {
        mrn: policy if policy.endswith("-mh") else policy.replace("program-standards", "asam-2.1")
        for mrn, policy in standards_of(clinic).items()
    }


def state_of(minutes: int, policy_id: str, key: str) -> str:
    """What a whole week comes to by the pack's number."""
    parameter = packs()[policy_id].parameter(key)
    assert parameter
    return "met" if minutes >= parameter.value else "breached"


@pytest.mark.parametrize("clinic", NOWS)
@pytest.mark.parametrize(
    ("rule", "column", "key", "policies_of"),
    [
        ("attended-hours", "credited_minutes", "attended_minutes_min", standards_of),
        ("offered-hours", "scheduled_minutes", "offered_minutes_min", offered_by),
    ],
)
def test_each_week_of_a_clinic_is_judged_as_its_expected_file_counts_it(
    clinic: str, rule: str, column: str, key: str, policies_of: Callable[[str], dict[str, str]]
) -> None:
    policies, found = policies_of(clinic), judged(clinic)
    expected = {
        (row["mrn"], date.fromisoformat(row["week_of"])): (
            policies[row["mrn"]],
            "not_applicable"
            if row["verdict"] == "partial_week"
            else state_of(int(row[column]), policies[row["mrn"]], key),
            int(row[column]),
        )
        for row in rows(clinic, "expected/weeks.csv")
    }
    last = max(week for _, week in expected) + timedelta(days=6)
    assert {
        (found.mrns[str(each.patient_id)], each.first_day): (
            each.policy_id,
            each.state,
            each.measured,
        )
        for each in found.findings.values()
        if each.rule == rule and each.last_day <= last
    } == expected


def test_a_visit_without_a_time_out_is_named_as_what_would_mend_the_week() -> None:
    found = judged("oak-street")
    incomplete = {
        (row["mrn"], date.fromisoformat(row["date"]))
        for row in rows("oak-street", "expected/visits.csv")
        if row["status"] == "incomplete"
    }
    named = {
        (found.mrns[str(each.patient_id)], each.first_day): each
        for each in found.findings.values()
        if each.rule == "attended-hours" and each.mends
    }
    assert named
    for (mrn, week), each in named.items():
        days = {day for who, day in incomplete if who == mrn and week <= day <= each.last_day}
        assert len(each.mends) == len(days)
        assert "1 visit has no time out" in each.because
    assert {each.state for each in named.values()} == {"breached"}


@pytest.mark.parametrize("clinic", ["oak-street", "lighthouse"])
def test_nobody_in_a_program_for_mental_health_is_asked_for_what_is_about_substance_use(
    clinic: str,
) -> None:
    found, standards = judged(clinic), standards_of(clinic)
    of_mental_health = {mrn for mrn, each in standards.items() if each.endswith("-mh")}
    asked = {
        (found.mrns[str(each.patient_id)], each.rule, each.policy_id)
        for each in found.findings.values()
        if each.patient_id is not None
    }
    assert of_mental_health
    for mrn, rule, policy_id in asked:
        assert rule not in {"bam", "drug-test"} or mrn not in of_mental_health
        assert not policy_id.startswith("asam") or mrn not in of_mental_health
    assert {rule for _, rule, _ in asked} >= {"bam", "drug-test"}


@pytest.mark.parametrize("clinic", ["oak-street", "lighthouse"])
def test_every_finding_comes_out_again_from_the_events_that_it_names_alone(clinic: str) -> None:
    found = judged(clinic)
    order = {each.event_id: number for number, each in enumerate(found.events)}
    assert len({each.rule for each in found.findings.values()}) > 10
    by_evidence: dict[frozenset[str], list[Finding]] = {}
    for each in found.findings.values():
        by_evidence.setdefault(frozenset(each.evidence), []).append(each)
    for evidence, findings in by_evidence.items():
        events = [found.events[number] for number in sorted(order[name] for name in evidence)]
        again = recompute(events, NOWS[clinic])
        assert [again[each.finding_id] for each in findings] == findings
