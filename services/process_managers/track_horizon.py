"""A horizon is extended: each day, running tracks are scheduled one day further."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from domain.aggregate import CommandContext, Event
from domain.errors import Refusal
from domain.program import Program, TrackOpened, TrackRevised
from services.application import CommandRunner
from services.application.tracks import extend_track
from services.process_managers.process_manager import ProcessManager, Task, next_midnight, zone_of


class Horizon(ProcessManager):
    """Schedules running tracks, with their rosters, as far as the horizon, from today on."""

    name = "horizon"
    follows = (TrackOpened, TrackRevised)

    def tasks(self, event: Event) -> Iterator[Task]:
        """Yield the extension of a track that is there from now on, or meets otherwise."""
        match event:
            case TrackOpened(track=track) | TrackRevised(track=track):
                yield Task(f"{event.originator_id} {track.track_id}", event.timestamp)

    def do(self, daybook: CommandRunner, context: CommandContext, key: str) -> datetime | None:
        """Extend a track; return the beginning of the next day there, while the track runs."""
        program_aggregate, _, track_id = key.partition(" ")
        program: Program = daybook.journal.load(program_aggregate)
        zone = zone_of(daybook, program.facility_id)
        last_day = program.series(track_id).track.last_day
        if last_day and context.at.astimezone(zone).date() > last_day:
            return None
        # Refused today, it is asked again tomorrow all the same.
        with suppress(Refusal):
            daybook.handle(context, extend_track, program.facility_id, program.program_id, track_id)
        return next_midnight(context.at, zone)
