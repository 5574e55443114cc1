"""What could still be done about findings that are at risk, worked out as somebody asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from domain.compliance.evaluation import RepairOptions, repairs_for
from domain.compliance.facts import DayFacts, Leave, OpenSession, PatientFacts, ProgramFacts
from domain.compliance.finding import Finding
from domain.compliance.repairs import open_to
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


@dataclass(frozen=True, slots=True)
class Ahead:
    """The sessions that a patient could still be booked for, in order, and their leaves."""

    sessions: tuple[OpenSession, ...] = ()
    leaves: tuple[Leave, ...] = ()


def ahead_of(patient_id: str, first_day: date, last_day: date, now: datetime) -> Asking[Ahead]:
    """Return what is open to a patient on some days, by what mends findings, and all leaves."""
    files = CaseFiles()
    yield from files.open([("patient", patient_id)])
    facts: PatientFacts | None = files.facts("patient", patient_id)
    stays = [each for each in facts.stays if each.admitted_on <= last_day] if facts else []
    if facts is None or not stays:
        return Ahead()
    program_id = Program.id_of(facts.facility_id, stays[-1].program_id)
    left = _days_left(first_day, last_day, now)
    yield from files.open([("facility", facts.facility_id)])
    yield from files.open(day_key(program_id, day) for day in left)
    site = files.facts("facility", facts.facility_id)
    found = open_to(facts, stays[-1], _sessions(files, program_id, left), now, site.zone)
    return Ahead(tuple(found), tuple(facts.leaves))


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


def _left(finding: Finding, now: datetime) -> list[date]:
    return _days_left(finding.first_day, finding.last_day, now)


def _days_left(first_day: date, last_day: date, now: datetime) -> list[date]:
    """Return those of some days that are not over anywhere on Earth."""
    return list(days(max(first_day, now.date() - timedelta(days=1)), last_day))


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
