"""Which policies are in force where, and what another one would turn: nothing is written."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.aggregate import Event
from domain.compliance.facts import FacilityFacts, ProgramFacts, Version
from domain.policy import Policy
from domain.program import Program
from projections.compliance.case_files import Asking, CaseFiles
from projections.compliance.intake import EventIntake
from projections.compliance.transitions import Transition


@dataclass(frozen=True, slots=True)
class AdoptedVersion:
    """A policy by which a program, or a payer's patients, are judged from a day to another.

    `last_day` is None where no other version follows and it was not dropped.
    """

    program_id: str | None
    payer: str | None
    policy: Policy
    from_day: date
    last_day: date | None


def adopted_versions(
    facility_id: str, program_ids: Collection[str]
) -> Asking[list[AdoptedVersion]]:
    """Return which policies a site's programs and payers have adopted, in any order."""
    files = CaseFiles()
    keys = {each: Program.id_of(facility_id, each) for each in program_ids}
    yield from files.open(("program", each) for each in keys.values())
    yield from files.open([("facility", facility_id)])
    found: list[AdoptedVersion] = []
    for program_id, aggregate_id in keys.items():
        program: ProgramFacts | None = files.facts("program", aggregate_id)
        found += _versions(program.policies if program else {}, program_id, None)
    site: FacilityFacts | None = files.facts("facility", facility_id)
    for payer, policies in (site.payer_policies if site else {}).items():
        found += _versions(policies, None, payer)
    return found


def would_turn(events: Sequence[Event]) -> Asking[list[Transition]]:
    """Return the findings that events of one command would turn, were they recorded."""
    if not events:
        return []
    intake = EventIntake()
    yield from intake.take(events)
    return intake.evaluator.verdicts.turns.of(events[0].command_id)


def _versions(
    policies: dict[str, dict[date, Version]], program_id: str | None, payer: str | None
) -> Iterator[AdoptedVersion]:
    for versions in policies.values():
        days = sorted(versions)
        for first, following in zip(days, [*days[1:], None], strict=True):
            if policy := versions[first].policy:
                last = following and following - timedelta(days=1)
                yield AdoptedVersion(program_id, payer, policy, first, last)
