"""The commands about policies: `daybook policy ...`."""

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.aggregate import Cause
from domain.compliance.policy import Policy
from domain.program import Program, ProgramOpened
from services.application import Daybook
from services.console import BAD_INPUT, err, out
from services.house import House, open_house
from services.policies import PolicyFaulty, packs, read_policy
from services.reports.commands import DEFAULT_DATA, Data, Facility, day_of
from services.reports.printed import Report

policy = typer.Typer(help="What programs are judged by.", no_args_is_help=True)

AUTHOR = "command line"

Which = Annotated[
    str, typer.Argument(metavar="POLICY", help="A policy's id, or a file of your own.")
]
ProgramId = Annotated[str, typer.Option(metavar="ID", help="The program, by its id at the clinic.")]
FromDay = Annotated[
    Any, typer.Option("--from", parser=day_of, metavar="DATE", help="The first day of it.")
]


@policy.command("list")
def list_(facility: Facility = None, data: Data = DEFAULT_DATA) -> None:
    """Print which policy each program is judged by, from which day on."""
    with open_house(data) as house:
        rows = [
            (
                program.program_id,
                policy_id,
                found.version if found else "dropped",
                from_day,
                found.name if found else "",
            )
            for program in _programs(house, _facility(house, facility))
            for policy_id, versions in sorted(program.policies.items())
            for from_day, found in sorted(versions.items())
        ]
    columns = ("program", "policy", "version", "from", "name")
    out.print(Report("What programs are judged by", columns, rows).table())


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
    program: ProgramId,
    from_day: FromDay,
    facility: Facility = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Let a program be judged by a policy from a day on."""
    found = _policy(which, data)
    with open_house(data) as house:
        place = _facility(house, facility)
        _daybook(house).adopt_policy(_cause(), place, program, found, from_day)
    named = f"{found.policy_id}, version {found.version}"
    err.print(f"From {from_day} on {program} is judged by {named}.", markup=False)


@policy.command()
def drop(
    policy_id: Annotated[str, typer.Argument(metavar="POLICY", help="The policy's id.")],
    program: ProgramId,
    from_day: FromDay,
    facility: Facility = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Let a program be judged by a policy no longer."""
    with open_house(data) as house:
        place = _facility(house, facility)
        _daybook(house).drop_policy(_cause(), place, program, policy_id, from_day)
    err.print(f"From {from_day} on {program} is not judged by {policy_id}.", markup=False)


def _policy(which: str, data: Path) -> Policy:
    """Return a pack, what a file says, or the latest that was adopted under an id.

    Prints each fault of a file that cannot be used.
    """
    if which in packs():
        return packs()[which]
    if Path(which).is_file():
        try:
            return read_policy(Path(which))
        except PolicyFaulty as faulty:
            err.print(str(faulty), markup=False)
            err.print("The policy cannot be used; nothing was recorded.")
            raise typer.Exit(BAD_INPUT) from None
    with open_house(data) as house:
        programs = [each for site in house.journal.facilities() for each in _programs(house, site)]
    adopted = [
        found
        for program in programs
        for found in program.policies.get(which, {}).values()
        if found is not None
    ]
    if not adopted:
        known = ", ".join(packs())
        problem = f"{which!r} is no file, no policy that was adopted, and none of {known}"
        raise typer.BadParameter(problem)
    return max(adopted, key=lambda each: each.version)


def _programs(house: House, facility_id: str) -> list[Program]:
    found = house.journal.load_all(ProgramOpened, facility_id)
    return sorted(
        (each for each in found if isinstance(each, Program)), key=lambda each: each.program_id
    )


def _facility(house: House, named: str | None) -> str:
    """Return the facility that is meant: the named one, or the only one on record."""
    known = house.journal.facilities()
    found = [each for each in known if named in {None, each}]
    if not known:
        raise typer.BadParameter("no facility is on record yet: import a clinic's files first")
    if len(found) != 1:
        raise typer.BadParameter(f"say which --facility, of {', '.join(known)}")
    return found[0]


def _daybook(house: House) -> Daybook:
    return Daybook(house.journal, house.vault)


def _cause() -> Cause:
    return Cause(f"policy-{uuid.uuid4().hex}", datetime.now(UTC), AUTHOR)
