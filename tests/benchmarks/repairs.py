"""What the repairs of a whole clinic cost, beside trying what could be booked.

    python -m tests.benchmarks.repairs [--patients 200]

In the running week everybody has said that they will not come on Friday. Thirty sessions of their
own are open to all; two of them would do. The alternative books each pair and judges again.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import namedtuple_row

from domain.compliance.evaluation import RepairOptions, Scope, judge_patient
from domain.compliance.facts import PatientFacts, Visit
from domain.compliance.finding import Finding
from projections import compliance
from projections.compliance.case_file import day_key
from projections.compliance.case_files import Asking, CaseFiles, answered
from projections.compliance.repair_options import finding_of, repair_options
from projections.compliance.scopes import ground_of
from services.embedded import engines
from services.read_models.checkpoint import swap
from tests.benchmarks.clinic_life import Clinic, Command, at, evening
from tests.benchmarks.compliance import BATCH, PAST, SUNDAY, kept
from tests.benchmarks.measuring import Clock, show

OPEN = 30
"""Sessions that anybody could still be booked for, two hours each."""
TRIED = 3
"""Patients for whom everything is tried."""

NOW = at(evening(6), "07:00")
"""Monday morning of the week that is running."""


def at_risk(clinic: Clinic) -> Iterator[Command]:
    """The sessions that are open, and that nobody will come on Friday."""
    now = at(SUNDAY, "12:00")
    hours = [(day, hour) for day in range(5) for hour in (8, 10, 12, 14, 20, 22)]
    for number, (day, hour) in enumerate(hours[:OPEN]):
        starts_at = at(evening(6) + timedelta(days=day), f"{hour:02}:30")
        yield clinic.offers(f"open-{number}", starts_at, 120, now)
    for group in range(len(clinic.groups)):
        yield from clinic.stays_away(group, 8, now)


async def fill(database_url: str, clinic: Clinic) -> None:
    events = list(clinic.imported(PAST, range(6, 9), at(SUNDAY, "08:00")))
    events += [event for command in at_risk(clinic) for event in command]
    async with kept(database_url) as view:
        for start in range(0, len(events), BATCH):
            await view.take(events[start : start + BATCH])
        await view.tick(NOW)
        await swap(view.conn, compliance.Compliance())


def ask(conn: psycopg.Connection[Any], asking: Asking[Any]) -> Any:
    return answered(asking, lambda each: conn.execute(each.sql, each.parameters).fetchall())


def findings(conn: psycopg.Connection[Any]) -> list[Finding]:
    """The hours of those who are at risk."""
    with conn.cursor(row_factory=namedtuple_row) as cursor:
        rows = cursor.execute(
            "SELECT * FROM findings WHERE state = 'at_risk' AND rule = 'attended-hours'"
        ).fetchall()
    return list(map(finding_of, rows))


def tried(conn: psycopg.Connection[Any], finding: Finding, now: datetime) -> set[frozenset[str]]:
    """The pairs of sessions after whose booking a finding is on track, found by judging again."""
    files = CaseFiles()
    ask(conn, files.open([("patient", str(finding.patient_id))]))
    file = files.find("patient", str(finding.patient_id))
    assert file
    ask(conn, files.open(ground_of(file)))
    (program_id,) = file.programs
    days = [finding.first_day + timedelta(days=each) for each in range(7)]
    ask(conn, files.open(day_key(program_id, each) for each in days))
    known = [found for each in days if (found := files.facts(*day_key(program_id, each)))]
    sessions = [each for day in known for each in day.sessions.values() if each.free > 100]
    facts: PatientFacts = file.facts
    site = files.facts("facility", facts.facility_id)
    programs = {program_id: files.facts("program", program_id)}
    scope = Scope.running(now, now.date() - timedelta(days=1))
    found = set()
    for pair in combinations(sessions, 2):
        visits = {
            each.session_id: Visit(
                session_id=each.session_id,
                program_id=facts.stays[0].program_id,
                day=each.day,
                starts_at=each.starts_at,
                ends_at=each.ends_at,
                scheduled=each.scheduled,
                status="scheduled",
                credited={},
                evidence=each.evidence,
            )
            for each in pair
        }
        booked = replace(facts, visits={**facts.visits, **visits})
        judged = judge_patient(booked, site, programs, lambda _: (), scope)
        if any(
            (each.rule, each.state) == ("attended-hours", "on_track") for each in judged.findings
        ):
            found.add(frozenset(visits))
    return found


def measure_repairs(database_url: str, patients: int) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("CREATE DATABASE repairs")
    url = make_conninfo(database_url, dbname="repairs")
    asyncio.run(fill(url, Clinic.of(patients)))
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SET search_path TO compliance")
        at_risk = findings(conn)
        clock, other = Clock(), Clock()
        with clock.running():
            known: dict[str, RepairOptions] = ask(conn, repair_options(at_risk, NOW))
        sets = sum(len(each.repairs) for each in known.values())
        print(f"{len(at_risk)} weeks at risk, {sets:,} repairs")
        rate = show("repairs of everybody", len(at_risk), clock, "weeks")
        with other.running():
            by_trying = [tried(conn, each, NOW) for each in at_risk[:TRIED]]
        for finding, pairs in zip(at_risk, by_trying, strict=False):
            found = known[finding.finding_id].repairs
            same = {frozenset(each.session_id for each in repair) for repair in found}
            assert same == pairs, "trying finds other repairs"
        alternative = show("   each pair booked and judged", TRIED, other, "weeks")
        print(f"{'':<44}{rate / alternative:.0f} times the alternative")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=200)
    patients = parser.parse_args().patients
    with tempfile.TemporaryDirectory() as name, engines(Path(name) / "data") as started:
        measure_repairs(started.database_url, patients)


if __name__ == "__main__":
    main()
