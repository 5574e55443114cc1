"""The step by which programs come under the policies for whom they treat, and for what."""

from collections.abc import Mapping
from datetime import date

from domain.care import Population
from domain.policy import Policy
from domain.program import Focus, Program
from services.application.policies import adopt_policy, drop_policy
from services.clinic_import.import_run import ImportRun
from services.clinic_import.recorded_rows import stays_of
from services.policy_packs import packs

Versions = Mapping[date, Policy | None]
"""What a program is judged by from a day on; None from the day on which it was dropped."""

OUTDATED = frozenset({("asam-2.1-adult", 1), ("asam-2.1-adolescent", 1)})
"""Versions by which earlier imports had everybody of an age judged, and which asked for more than
ASAM does: what is judged by one from its first day on comes under what fits it."""


def adopt_policies(import_run: ImportRun) -> None:
    """Adopt for each program what fits its population and focus, from its first day on.

    What somebody adopted, or dropped, stays. A program that turns out to have begun earlier is
    judged from then on, and one that treats others, or for something else, than before comes under
    what fits it now.
    """
    first: dict[str, date] = {}
    for planned in import_run.tracks.values():
        _note(first, planned.program.program_id, planned.track.first_day)
    for patient in import_run.loaded.patients.values():
        for stay in stays_of(patient):
            _note(first, stay.program_id, stay.admitted_on)
    for program_id, day in first.items():
        _adopt_fitting(import_run, import_run.loaded.programs[program_id], day)


def _note(first: dict[str, date], program_id: str, day: date) -> None:
    first[program_id] = min(day, first.get(program_id, day))


def _adopt_fitting(import_run: ImportRun, program: Program, first_day: date) -> None:
    of = (program.facility_id, program.program_id)
    fitting = _fitting(program.population, program.focus)
    before = import_run.treated.get(program.program_id)
    fitted = _fitting(*before) if before else fitting
    undivided = _undivided(program)
    for policy_id in fitting:
        known = program.policies.get(policy_id, {})
        since = min([first_day, *(known or undivided)])
        dropped = [] if known else [day for day, found in undivided.items() if found is None]
        begins = not known or since < min(known)
        renewed = begins or policy_id not in fitted or _is_outdated(known)
        if renewed and since not in dropped:
            adopt_policy(import_run.work, *of, packs()[policy_id], since)
            for day in dropped:
                drop_policy(import_run.work, *of, policy_id, day)
    outdated = {key for key, found in program.policies.items() if _is_outdated(found)}
    for policy_id in sorted({*fitted, *outdated} - {*fitting}):
        if policy_id in program.policies:
            since = min(program.policies[policy_id])
            drop_policy(import_run.work, *of, policy_id, since)


def _fitting(population: Population, focus: Focus) -> tuple[str, ...]:
    """Return what a program is judged by: ASAM's criteria where substance use is treated."""
    if focus == "mental-health":
        return (f"program-standards-{population}-mh",)
    return f"asam-2.1-{population}", f"program-standards-{population}"


def _is_outdated(known: Versions) -> bool:
    """Tell whether somebody is judged by an outdated version from the first day on."""
    adopted = known[min(known)] if known else None
    return adopted is not None and (adopted.policy_id, adopted.version) in OUTDATED


def _undivided(program: Program) -> Versions:
    """Return how it went with the criteria of the time when they had the program standards in them.

    Who dropped those dropped the standards, too.
    """
    known = program.policies.get(f"asam-2.1-{program.population}", {})
    return known if _is_outdated(known) or (known and known[min(known)] is None) else {}
