"""`daybook skip-event`: how a read model goes on that cannot take an event in."""

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from domain import bounds
from services.cli.console import err
from services.cli.options import DEFAULT_DATA, VIEW_NAMES, Data

if TYPE_CHECKING:
    from domain.aggregate import CommandContext
    from domain.skipped_event import SkippedEvent
    from services.hosting.bootstrap import Runtime


def skip_event(
    view: Annotated[str, typer.Argument(metavar="VIEW", help=f"{', '.join(VIEW_NAMES)}.")],
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
    if view not in VIEW_NAMES:
        raise typer.BadParameter(f"{view!r} is not one of {', '.join(VIEW_NAMES)}")
    for name, text in (("--reason", reason), ("--author", author), ("EVENT", event)):
        if problem := bounds.text_problem(text) or (None if text.strip() else "empty"):
            raise typer.BadParameter(f"{name} is {problem}")
    import asyncio

    from domain.aggregate import CommandContext
    from services.hosting.bootstrap import open_runtime

    with open_runtime(data) as runtime:
        context = CommandContext(f"skip-{uuid.uuid4().hex}", datetime.now(UTC), author)
        asyncio.run(_decide(runtime, view, event, context, reason, undo=undo))
    err.print(f"The view {view} {'has' if undo else 'passes over'} event {event}.")


async def _decide(
    runtime: "Runtime", name: str, event: str, context: "CommandContext", reason: str, *, undo: bool
) -> None:
    """Record the decision, and wait until the view has gone on."""
    from services.advisory_lock import connect
    from services.hosting.bootstrap import VIEWS
    from services.read_models import skipping

    view = next(each for each in VIEWS if each.name == name)
    decide = skipping.take_again if undo else skipping.skip_event
    async with await connect(runtime.engines.database_url) as conn:
        await decide(conn, runtime.journal, view, event, context=context, reason=reason)
    async with runtime.supervisor([view]) as supervisor:
        await supervisor.caught_up(runtime.journal.position())


def skip_sentence(skipped: "SkippedEvent") -> str:
    """Say which event a view passes over, since when, by whose decision and why."""
    since = f"{skipped.modified_on:%Y-%m-%d}"
    return (
        f"passes over event {skipped.skipped_event_id} (position {skipped.position}) since {since},"
        f" by {skipped.author}: {skipped.reason}"
    )
