"""What could still be done about findings that are at risk, worked out as somebody asks."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, cast

from domain.compliance.evaluation import RepairOptions, repairs_for
from domain.compliance.facts import DayFacts, OpenSession, PatientFacts, ProgramFacts
from domain.compliance.finding import Finding
from domain.program import Program
from domain.times import days
from projections.compliance.case_file import Key, day_key
from projections.compliance.case_files import Asking, CaseFiles


def finding_of(row: Any) -> Finding:
    """Return the finding that a row of the table is."""
    return Finding(
        rule=row.rule,
        policy_id=row.policy_id,
        version=row.version,
        patient_id=row.patient_id,
        about=row.about,
        first_day=row.from_day,
        last_day=row.to_day,
        state=row.state,
        measured=row.measured,
        required=row.required,
        unit=row.unit,
        because=row.because,
        evidence=tuple(row.evidence),
        mends=tuple(row.mends),
        until=row.until,
    )


def repair_options(
    findings: Iterable[Finding], now: datetime
) -> Asking[Mapping[str, RepairOptions]]:
    """Return how each finding of a patient could be mended, by its name."""
    wanted = [each for each in findings if each.patient_id]
    files = CaseFiles()
    yield from files.open(("patient", str(each.patient_id)) for each in wanted)
    yield from files.open(_ground(files))
    yield from files.open(_days(files, wanted, now))
    return {each.finding_id: _mending(files, each, now) for each in wanted}


def _patients(files: CaseFiles) -> Iterable[PatientFacts]:
    for (kind, _), file in list(files.known.items()):
        if kind == "patient" and file:
            yield file.facts


def _ground(files: CaseFiles) -> Iterable[Key]:
    for facts in _patients(files):
        yield "facility", facts.facility_id
        for stay in facts.stays:
            yield "program", Program.id_of(facts.facility_id, stay.program_id)


def _days(files: CaseFiles, findings: Iterable[Finding], now: datetime) -> Iterable[Key]:
    for each in findings:
        file = files.find("patient", str(each.patient_id))
        for program_id in file.programs if file else ():
            for day in _left(each, now):
                yield day_key(program_id, day)


def _left(finding: Finding, now: datetime) -> Iterable[date]:
    """Return the days of a finding that are not over anywhere on Earth."""
    return days(max(finding.first_day, now.date() - timedelta(days=1)), finding.last_day)


def _mending(files: CaseFiles, finding: Finding, now: datetime) -> RepairOptions:
    facts: PatientFacts = files.facts("patient", str(finding.patient_id))
    site = files.facts("facility", facts.facility_id)
    stay = next(each for each in reversed(facts.stays) if each.admitted_on <= finding.last_day)
    program_id = Program.id_of(facts.facility_id, stay.program_id)
    program = cast("ProgramFacts | None", files.facts("program", program_id))
    sessions = _sessions(files, program_id, _left(finding, now))
    return repairs_for(finding, facts, site, program, sessions, now=now)


def _sessions(files: CaseFiles, program_id: str, on: Iterable[date]) -> list[OpenSession]:
    found: Iterable[DayFacts | None] = (files.facts(*day_key(program_id, day)) for day in on)
    return [each for day in found if day for each in day.sessions.values()]
