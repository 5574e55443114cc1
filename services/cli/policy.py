"""The commands about policies: `daybook policy ...`."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.console import err, out
from services.cli.options import DEFAULT_DATA, Data, Facility, day_of

policy = typer.Typer(
    help="What programs, and the patients of a payer, are judged by.", no_args_is_help=True
)

AUTHOR = "command line"

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
    from services.cli.adopted_policies import adopted_policies, facility_named
    from services.hosting.bootstrap import open_runtime
    from services.reports.report import Report

    with open_runtime(data) as runtime:
        rows = [
            (
                whom,
                policy_id,
                found.version if found else "dropped",
                from_day,
                found.name if found else "",
            )
            for whom, policies in adopted_policies(runtime, facility_named(runtime, facility))
            for policy_id, versions in sorted(policies.items())
            for from_day, found in sorted(versions.items())
        ]
    columns = ("for", "policy", "version", "from", "name")
    out.print(Report("What programs and patients are judged by", columns, rows).table())


@policy.command()
def show(which: Which, data: Data = DEFAULT_DATA) -> None:
    """Print what a policy asks for, and where that is written."""
    from services.cli.adopted_policies import policy_named
    from services.cli.policy_table import amount
    from services.reports.policies import numbers_of
    from services.reports.report import Report

    found = policy_named(which, data)
    rows = [
        (number["says"], amount(each), f"{number['citation']} ({_stands(number)})")
        for each, number in zip(found.parameters, numbers_of(found), strict=True)
    ]
    title = f"{found.name}, version {found.version} of {found.dated}"
    out.print(Report(title, ("asks for", "number", "source"), rows).table())


def _stands(number: Mapping[str, Any]) -> str:
    """Say how a number stands, when somebody read its source, and when it is in force."""
    words = {"read_on": "read on", "in_force_from": "from", "in_force_until": "until"}
    known = [f"{word} {number[key]}" for key, word in words.items() if number[key]]
    return ", ".join([number["standing"], *known])


@policy.command()
def table() -> None:
    """Print every number of the policies that come with Daybook, as a table in Markdown."""
    from services.cli.policy_table import policy_table
    from services.policy_packs import packs

    typer.echo(policy_table(packs().values()), nl=False)


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
    from services.application.policies import adopt_payer_policy, adopt_policy
    from services.cli.adopted_policies import policy_named

    found = policy_named(which, data)
    decide = adopt_policy if payer is None else adopt_payer_policy
    _run(decide, data, facility, program or payer, found, from_day)
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
    from services.application.policies import drop_payer_policy, drop_policy

    decide = drop_policy if payer is None else drop_payer_policy
    _run(decide, data, facility, program or payer, policy_id, from_day)
    err.print(f"From {from_day} on {whom} not judged by {policy_id}.")


def _whom(program: str | None, payer: str | None) -> str:
    """Say who is meant and that they are; exactly one of the two has to be given."""
    if (program is None) == (payer is None):
        raise typer.BadParameter("say either --program or --payer")
    return f"{program} is" if payer is None else f"everybody whom {payer} pays for is"


def _run(command: Any, data: Path, facility: str | None, *args: object) -> None:
    """Run a command about a policy of a facility."""
    from domain.aggregate import CommandContext
    from services.cli.adopted_policies import facility_named
    from services.hosting.bootstrap import open_runtime

    context = CommandContext(f"policy-{uuid.uuid4().hex}", datetime.now(UTC), AUTHOR)
    with open_runtime(data) as runtime:
        runtime.commands.handle(context, command, facility_named(runtime, facility), *args)
