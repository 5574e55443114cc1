"""`daybook audit recover`: events that the stream still has, and the journal does not have."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.console import NO, err, out
from services.cli.options import DEFAULT_DATA, Data

if TYPE_CHECKING:
    from services.audit.verification.recovery import LostEvent

COLUMNS = ("event", "topic", "position", "recorded at", "stream", "is", "seals")


def recover(
    *,
    bring_back: Annotated[
        bool, typer.Option("--bring-back", help="Put them back into the journal, all or none.")
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Show the events that the stream has and the journal lacks; with --bring-back record them."""
    import asyncio

    from services.audit.verification import recovery
    from services.cli.looking import operator_alone
    from services.hosting.bootstrap import open_runtime

    operator_alone("recover events")
    with open_runtime(data) as runtime:
        urls = runtime.engines.database_url, runtime.engines.nats_url
        lost = asyncio.run(recovery.lost_events(runtime.journal, *urls))
        if not lost:
            err.print("The journal has all that the stream has.")
            raise typer.Exit(NO if bring_back else 0)
        if not bring_back:
            _show(lost)
            raise typer.Exit(NO)
        count = recovery.bring_back(runtime.journal, urls[0], lost)
    if left := [each for each in lost if each.kind != "lacking"]:
        _show(left)
    err.print(
        f"{count:,} {'event is' if count == 1 else 'events are'} back in the journal, with their"
        f" exact bytes; {len(left):,} cannot be."
    )
    if count:
        err.print(
            "Not brought back, since no stream has them: keys of patients, receipts of commands"
            " and what was told. `daybook audit verify` says what else differs."
        )
    if left:
        raise typer.Exit(NO)


def _show(lost: "list[LostEvent]") -> None:
    from rich.table import Table

    table = Table(*COLUMNS)
    for each in lost:
        at = f"{each.position}"
        table.add_row(
            *(each.event_id, each.topic, at, each.recorded_at, each.stream, each.says, each.sealed)
        )
    out.print(table)
