"""`python -m services.billing follow|lines|held`: the example service, by hand."""

import asyncio
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from services.billing.ledger import Ledger
from services.billing.lines import Line
from services.cancellation import cancel_and_wait, shutdown_requested
from services.cli.console import guarded
from services.hosting.bootstrap import open_nats
from services.messaging.subscription import Subscriber, Subscription

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)

WORDS = {"1": "claim", "7": "replace", "8": "void"}

Database = Annotated[Path, typer.Option(help="The service's own database.")]
HERE = Path("billing.sqlite")


@app.command()
def follow(
    facility: Annotated[str, typer.Option(help="The facility whose days are billed.")],
    database: Database = HERE,
    data: Annotated[
        Path, typer.Option(help="Whose NATS to join where DAYBOOK_NATS_URL names none.")
    ] = Path(".daybook"),
    name: Annotated[str, typer.Option(help="The consumer's name at the server.")] = "billing",
) -> None:
    """Follow a facility's billable days, and print each claim line as it is written."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    subscription = Subscription(name, "BILLABLE", f"daybook.{facility}.billable.*.*")
    ledger = Ledger(database, heard=show)
    with open_nats(data) as nats_url:
        typer.echo(f"Following {subscription.subjects} into {database}. Ctrl-C ends it.", err=True)
        asyncio.run(_follow(Subscriber(subscription, ledger, nats_url)))


@app.command()
def lines(database: Database = HERE) -> None:
    """Print all claim lines."""
    for line in Ledger(database).lines():
        show(line)


@app.command()
def held(database: Database = HERE) -> None:
    """Print the days that nobody pays for yet: day, payer, why, and the sessions of the day."""
    for day, payer, reasons, sessions in Ledger(database).held():
        typer.echo(f"{day}  {payer or '-':<12} {reasons:<24} {sessions}")


def show(line: Line) -> None:
    """Print a claim line."""
    tier = f"  tier {line.tier}" if line.tier else ""
    typer.echo(
        f"{WORDS[line.frequency]:<8}{line.day}  {line.payer:<12} {line.code:<8}"
        f" {line.units} unit{tier}  {line.patient_id}"
    )


async def _follow(subscriber: Subscriber) -> None:
    ended = shutdown_requested()
    following = asyncio.create_task(subscriber.run())
    waiting = asyncio.create_task(ended.wait())
    await asyncio.wait([following, waiting], return_when=asyncio.FIRST_COMPLETED)
    await cancel_and_wait([following, waiting])
    if not following.cancelled():
        following.result()


if __name__ == "__main__":
    sys.exit(guarded(app))
