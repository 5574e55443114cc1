"""`daybook skip-event`: how a read model goes on that cannot take an event in."""

import asyncio
import uuid
from datetime import UTC, datetime
from typing import Annotated

import typer

from domain import bounds
from domain.aggregate import CommandContext
from domain.skipped_event import SkippedEvent
from services.advisory_lock import connect
from services.cli.console import err
from services.cli.options import DEFAULT_DATA, Data
from services.hosting.bootstrap import VIEWS, Runtime, open_runtime
from services.read_models import skipping


def skip_event(
    view: Annotated[
        str, typer.Argument(metavar="VIEW", help=f"{', '.join(view.name for view in VIEWS)}.")
    ],
    event: Annotated[
        str, typer.Argument(metavar="EVENT", help="As `daybook status` names it: ID:VERSION.")
    ],
    *,
    reason: Annotated[str, typer.Option(metavar="WHY", help="Why; it is on record.")],
    author: Annotated[str, typer.Option(metavar="WHO", help="Who decides it; it is on record.")],
    undo: Annotated[
        bool, typer.Option("--undo", help="Let the view take the event in after all.")
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Let a view that has stopped go on without an event: the decision is an event itself."""
    if view not in {each.name for each in VIEWS}:
        known = ", ".join(each.name for each in VIEWS)
        raise typer.BadParameter(f"{view!r} is not one of {known}")
    for name, text in (("--reason", reason), ("--author", author), ("EVENT", event)):
        if problem := bounds.text_problem(text) or (None if text.strip() else "empty"):
            raise typer.BadParameter(f"{name} is {problem}")
    with open_runtime(data) as runtime:
        context = CommandContext(f"skip-{uuid.uuid4().hex}", datetime.now(UTC), author)
        asyncio.run(_decide(runtime, view, event, context, reason, undo=undo))
    err.print(f"The view {view} {'has' if undo else 'passes over'} event {event}.")


async def _decide(
    runtime: Runtime, name: str, event: str, context: CommandContext, reason: str, *, undo: bool
) -> None:
    """Record the decision, and wait until the view has gone on."""
    view = next(each for each in VIEWS if each.name == name)
    decide = skipping.take_again if undo else skipping.skip_event
    async with await connect(runtime.engines.database_url) as conn:
        await decide(conn, runtime.journal, view, event, context=context, reason=reason)
    async with runtime.supervisor([view]) as supervisor:
        await supervisor.caught_up(runtime.journal.position())


def skip_sentence(skipped: SkippedEvent) -> str:
    """Say which event a view passes over, since when, by whose decision and why."""
    since = f"{skipped.modified_on:%Y-%m-%d}"
    return (
        f"passes over event {skipped.skipped_event_id} (position {skipped.position}) since {since},"
        f" by {skipped.author}: {skipped.reason}"
    )
