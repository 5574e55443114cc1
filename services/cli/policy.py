"""The commands about policies: `daybook policy ...`."""

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.aggregate import CommandContext
from domain.facility import Facility as Site
from domain.policy import Policy
from domain.program import Program, ProgramOpened
from services.application import CommandHandler
from services.application.policies import (
    adopt_payer_policy,
    adopt_policy,
    drop_payer_policy,
    drop_policy,
)
from services.cli.console import BAD_INPUT, err, out
from services.cli.options import DEFAULT_DATA, Data, Facility, day_of
from services.hosting.bootstrap import Runtime, open_runtime
from services.policy_packs import PolicyFaulty, packs, read_policy
from services.reports.report import Report

policy = typer.Typer(
    help="What programs, and the patients of a payer, are judged by.", no_args_is_help=True
)

AUTHOR = "command line"

Policies = dict[str, dict[date, Policy | None]]
"""By a policy's id, its version from a day on; None from the day on which it was dropped."""

Which = Annotated[
    str, typer.Argument(metavar="POLICY", help="A policy's id, or a file of your own.")
]
ProgramId = Annotated[
    str | None, typer.Option(metavar="ID", help="For a program, by its id at the clinic.")
]
Payer = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="For the patients of a payer, named as in their admission."),
]
FromDay = Annotated[
    Any, typer.Option("--from", parser=day_of, metavar="DATE", help="The first day of it.")
]


@policy.command("list")
def list_(facility: Facility = None, data: Data = DEFAULT_DATA) -> None:
    """Print which policy each program, and each payer's patients, are judged by, and since when."""
    with open_runtime(data) as runtime:
        rows = [
            (
                whom,
                policy_id,
                found.version if found else "dropped",
                from_day,
                found.name if found else "",
            )
            for whom, policies in _adopted(runtime, _facility(runtime, facility))
            for policy_id, versions in sorted(policies.items())
            for from_day, found in sorted(versions.items())
        ]
    columns = ("for", "policy", "version", "from", "name")
    out.print(Report("What programs and patients are judged by", columns, rows).table())


@policy.command()
def show(which: Which, data: Data = DEFAULT_DATA) -> None:
    """Print what a policy asks for, and where that is written."""
    found = _policy(which, data)
    rows = [
        (
            each.meaning.says,
            each.value,
            each.citation if each.verified else f"{each.citation} (unverified)",
        )
        for each in found.parameters
    ]
    title = f"{found.name}, version {found.version} of {found.dated}"
    out.print(Report(title, ("asks for", "number", "source"), rows).table())


@policy.command()
def adopt(
    which: Which,
    *,
    from_day: FromDay,
    program: ProgramId = None,
    payer: Payer = None,
    facility: Facility = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Adopt a policy for a program, or for the patients of a payer, from a day on."""
    whom = _whom(program, payer)
    found = _policy(which, data)
    with open_runtime(data) as runtime:
        place, daybook = (
            _facility(runtime, facility),
            CommandHandler(runtime.journal, runtime.vault),
        )
        if payer is not None:
            daybook.handle(_context(), adopt_payer_policy, place, payer, found, from_day)
        elif program is not None:
            daybook.handle(_context(), adopt_policy, place, program, found, from_day)
    named = f"{found.policy_id}, version {found.version}"
    err.print(f"From {from_day} on {whom} judged by {named}.")


@policy.command()
def drop(
    policy_id: Annotated[str, typer.Argument(metavar="POLICY", help="The policy's id.")],
    *,
    from_day: FromDay,
    program: ProgramId = None,
    payer: Payer = None,
    facility: Facility = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Drop a policy of a program, or of the patients of a payer, from a day on."""
    whom = _whom(program, payer)
    with open_runtime(data) as runtime:
        place, daybook = (
            _facility(runtime, facility),
            CommandHandler(runtime.journal, runtime.vault),
        )
        if payer is not None:
            daybook.handle(_context(), drop_payer_policy, place, payer, policy_id, from_day)
        elif program is not None:
            daybook.handle(_context(), drop_policy, place, program, policy_id, from_day)
    err.print(f"From {from_day} on {whom} not judged by {policy_id}.")


def _whom(program: str | None, payer: str | None) -> str:
    """Say who is meant and that they are; exactly one of the two has to be given."""
    if (program is None) == (payer is None):
        raise typer.BadParameter("say either --program or --payer")
    return f"{program} is" if payer is None else f"everybody whom {payer} pays for is"


def _policy(which: str, data: Path) -> Policy:
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
            for _, policies in _adopted(runtime, site)
            for found in policies.get(which, {}).values()
            if found is not None
        ]
    if not adopted:
        known = ", ".join(packs())
        problem = f"{which!r} is not a file, an adopted policy, or one of {known}"
        raise typer.BadParameter(problem)
    return max(adopted, key=lambda each: each.version)


def _adopted(runtime: Runtime, facility_id: str) -> Iterator[tuple[str, Policies]]:
    """Yield what each program and then each payer asks for, with who it is for."""
    programs = runtime.journal.load_all(ProgramOpened, facility_id)
    found = {each.program_id: each.policies for each in programs if isinstance(each, Program)}
    yield from sorted(found.items(), key=lambda each: each[0])
    site = runtime.journal.load(Site.id_of(facility_id))
    if isinstance(site, Site):
        for payer, policies in sorted(site.payer_policies.items()):
            yield f"payer {payer}", policies


def _facility(runtime: Runtime, named: str | None) -> str:
    """Return the facility that is meant: the named one, or the only one on record."""
    known = runtime.journal.facilities()
    found = [each for each in known if named in {None, each}]
    if not known:
        raise typer.BadParameter("no facility is on record yet: import a clinic's files first")
    if len(found) != 1:
        raise typer.BadParameter(f"say which --facility, of {', '.join(known)}")
    return found[0]


def _context() -> CommandContext:
    return CommandContext(f"policy-{uuid.uuid4().hex}", datetime.now(UTC), AUTHOR)
