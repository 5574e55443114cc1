"""Passing over an event that a read model cannot take in: an operator's decision, on record.

Without it one event would keep a read model, and every report that asks it, stopped for good. The
projector, a rebuild and an answer as of another time leave the event out for that read model alone.
"""

from domain.aggregate import CommandContext
from domain.errors import DaybookError
from domain.skipped_event import SkippedEvent
from projections.view import View
from services.advisory_lock import Connection
from services.journal import Journal
from services.read_models.checkpoint import (
    ask_to_rebuild,
    ask_to_try_again,
    read_both,
)
from services.read_models.execution import CLOCK_TICK


class NothingToSkip(DaybookError):
    """A view has not stopped, or not at or behind the event that is named."""


def skipped_ids(journal: Journal, view: View) -> frozenset[str]:
    """Return the ids of the events that a view passes over."""
    return frozenset(each.skipped_event_id for each in journal.skipped(view.name))


async def skip_event(
    conn: Connection,
    journal: Journal,
    view: View,
    event_id: str,
    *,
    context: CommandContext,
    reason: str,
) -> None:
    """Let a view that has stopped pass over an event at or before the place where it did.

    Whoever keeps the view goes on at once; where the event was taken in before, the view is filled
    anew without it. Raises NothingToSkip, and SkippedAlready or ReasonMissing.
    """
    position, facility_id = _place(journal, event_id)
    serving, building = await read_both(conn, view)
    stopped = [each for each in (serving, building) if each and each.stopped_at]
    if not stopped:
        raise NothingToSkip(f"the view {view.name} has not stopped: nothing is passed over")
    reached = max(each.position for each in stopped)
    taken_in = position <= reached
    stops_here = any(each.stopped_at == event_id for each in stopped)
    if not (taken_in or stops_here):
        at = stopped[0].stopped_at
        where = at if at == CLOCK_TICK else f"event {at}"
        raise NothingToSkip(
            f"the view {view.name} has stopped at {where}, and has not come to event {event_id}"
        )
    known = journal.load(SkippedEvent.id_of(view.name, event_id))
    if isinstance(known, SkippedEvent):
        known.declare_again(context, reason)
    else:
        known = SkippedEvent.declare(
            context,
            facility_id=facility_id,
            view=view.name,
            event_id=event_id,
            position=position,
            reason=reason,
        )
    journal.save(known)
    if taken_in:
        await ask_to_rebuild(conn, view)
    else:
        await ask_to_try_again(conn, view)


async def take_again(
    conn: Connection,
    journal: Journal,
    view: View,
    event_id: str,
    *,
    context: CommandContext,
    reason: str,
) -> None:
    """Let a view take in an event that it passed over: it is filled anew.

    Raises NothingToSkip for an event that is not on record, and NotSkipped or ReasonMissing.
    """
    _place(journal, event_id)
    known = journal.load(SkippedEvent.id_of(view.name, event_id))
    if not isinstance(known, SkippedEvent):
        raise NothingToSkip(f"the view {view.name} does not pass over event {event_id}")
    known.withdraw(context, reason)
    journal.save(known)
    await ask_to_rebuild(conn, view)


def _place(journal: Journal, event_id: str) -> tuple[int, str]:
    found = journal.where(event_id)
    if found is None:
        raise NothingToSkip(f"there is no event {event_id} on record")
    return found
