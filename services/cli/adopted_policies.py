"""Which policies are on record, of whom; and the one that somebody names."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import typer

from domain.facility import Facility as Site
from domain.policy import Policy
from domain.program import Program, ProgramOpened
from services.cli.console import BAD_INPUT, err
from services.hosting.bootstrap import Runtime, open_runtime
from services.policy_packs import PolicyFaulty, packs, read_policy

Policies = dict[str, dict[date, Policy | None]]
"""By a policy's id, its version from a day on; None from the day on which it was dropped."""


def policy_named(which: str, data: Path) -> Policy:
    """Return a pack, what a file says, or the latest that was adopted under an id.

    Prints each fault of a file that cannot be used.
    """
    if which in packs():
        return packs()[which]
    if os.path.isfile(which):
        try:
            return read_policy(Path(which))
        except PolicyFaulty as faulty:
            err.print(str(faulty))
            err.print("The policy cannot be used; nothing was recorded.")
            raise typer.Exit(BAD_INPUT) from None
    with open_runtime(data) as runtime:
        adopted = [
            found
            for site in runtime.journal.facilities()
            for _, policies in adopted_policies(runtime, site)
            for found in policies.get(which, {}).values()
            if found is not None
        ]
    if not adopted:
        known = ", ".join(packs())
        problem = f"{which!r} is not a file, an adopted policy, or one of {known}"
        raise typer.BadParameter(problem)
    return max(adopted, key=lambda each: each.version)


def adopted_policies(runtime: Runtime, facility_id: str) -> Iterator[tuple[str, Policies]]:
    """Yield what each program and then each payer asks for, with who it is for."""
    programs = runtime.journal.load_all(ProgramOpened, facility_id)
    found = {each.program_id: each.policies for each in programs if isinstance(each, Program)}
    yield from sorted(found.items(), key=lambda each: each[0])
    site = runtime.journal.load(Site.id_of(facility_id))
    if isinstance(site, Site):
        for payer, policies in sorted(site.payer_policies.items()):
            yield f"payer {payer}", policies


def facility_named(runtime: Runtime, named: str | None) -> str:
    """Return the facility that is meant: the named one, or the only one on record."""
    known = runtime.journal.facilities()
    found = [each for each in known if named in {None, each}]
    if not known:
        raise typer.BadParameter("no facility is on record yet: import a clinic's files first")
    if len(found) != 1:
        raise typer.BadParameter(f"say which --facility, of {', '.join(known)}")
    return found[0]
