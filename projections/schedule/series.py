"""Programs and how their tracks run: patterns, closures, and what is otherwise at one meeting."""

from collections.abc import Iterator
from datetime import date
from typing import LiteralString

from domain.aggregate import Event
from domain.program import (
    ClosureDeclared,
    ClosureLifted,
    ClosureRevised,
    Deviation,
    ExceptionLifted,
    MeetingExcepted,
    Pattern,
    ProgramOpened,
    ProgramRevised,
    SeriesChanged,
    Track,
    TrackOpened,
    TrackRevised,
)
from projections.view import Change

TABLES: LiteralString = """
    CREATE TABLE programs (
        aggregate_id text PRIMARY KEY,
        facility_id text NOT NULL,
        program_id text NOT NULL,
        name text NOT NULL,
        population text NOT NULL,
        focus text NOT NULL,
        weekly_minutes integer NOT NULL,
        days_per_week integer NOT NULL,
        UNIQUE (facility_id, program_id)
    );
    COMMENT ON TABLE programs IS 'What is offered.';
    COMMENT ON COLUMN programs.aggregate_id IS 'The program''s id in its events.';
    COMMENT ON COLUMN programs.facility_id IS 'The site.';
    COMMENT ON COLUMN programs.program_id IS 'The program''s id at the clinic.';
    COMMENT ON COLUMN programs.name IS 'What the program is called.';
    COMMENT ON COLUMN programs.population IS 'adult or adolescent.';
    COMMENT ON COLUMN programs.focus IS 'substance-use, mental-health or co-occurring.';
    COMMENT ON COLUMN programs.weekly_minutes IS 'Minutes a week that it prescribes.';
    COMMENT ON COLUMN programs.days_per_week IS 'Days a week that it prescribes.';

    CREATE TABLE tracks (
        facility_id text,
        program_id text,
        track_id text,
        name text NOT NULL,
        first_day date NOT NULL,
        last_day date,
        PRIMARY KEY (facility_id, program_id, track_id)
    );
    COMMENT ON TABLE tracks IS 'The weekly groups; when they meet is in patterns.';
    COMMENT ON COLUMN tracks.facility_id IS 'The site.';
    COMMENT ON COLUMN tracks.program_id IS 'The program, by its id at the clinic.';
    COMMENT ON COLUMN tracks.track_id IS 'The track''s id at the clinic.';
    COMMENT ON COLUMN tracks.name IS 'What the track is called.';
    COMMENT ON COLUMN tracks.first_day IS 'Its first day.';
    COMMENT ON COLUMN tracks.last_day IS 'Its last day; empty while it runs.';

    CREATE TABLE patterns (
        facility_id text,
        program_id text,
        track_id text,
        from_day date,
        is_first boolean NOT NULL,
        rule text NOT NULL,
        starts time NOT NULL,
        ends time NOT NULL,
        room_id text NOT NULL,
        staff_id text NOT NULL,
        capacity integer NOT NULL,
        modality text NOT NULL,
        reason text NOT NULL,
        PRIMARY KEY (facility_id, program_id, track_id, from_day, is_first)
    );
    COMMENT ON TABLE patterns IS
        'How a track meets, from a day on until the next pattern. Where the first one and another'
        ' hold from the same day, the other one does.';
    COMMENT ON COLUMN patterns.facility_id IS 'The site.';
    COMMENT ON COLUMN patterns.program_id IS 'The program, by its id at the clinic.';
    COMMENT ON COLUMN patterns.track_id IS 'The track.';
    COMMENT ON COLUMN patterns.from_day IS 'The day from which it holds.';
    COMMENT ON COLUMN patterns.is_first IS 'Whether the track was set up with it.';
    COMMENT ON COLUMN patterns.rule IS 'The days, as an RFC 5545 recurrence rule.';
    COMMENT ON COLUMN patterns.starts IS 'When it starts, by the site''s clocks.';
    COMMENT ON COLUMN patterns.ends IS 'When it ends, by the site''s clocks.';
    COMMENT ON COLUMN patterns.room_id IS 'Where.';
    COMMENT ON COLUMN patterns.staff_id IS 'Who leads it.';
    COMMENT ON COLUMN patterns.capacity IS 'For how many patients it has places.';
    COMMENT ON COLUMN patterns.modality IS 'in-person, video or hybrid.';
    COMMENT ON COLUMN patterns.reason IS 'Why it changed; empty for the first one.';

    CREATE TABLE closures (
        facility_id text,
        program_id text,
        day date,
        reason text NOT NULL,
        PRIMARY KEY (facility_id, program_id, day)
    );
    COMMENT ON TABLE closures IS 'Days on which a program''s tracks do not meet.';
    COMMENT ON COLUMN closures.facility_id IS 'The site.';
    COMMENT ON COLUMN closures.program_id IS 'The program, by its id at the clinic.';
    COMMENT ON COLUMN closures.day IS 'The day.';
    COMMENT ON COLUMN closures.reason IS 'Why.';

    CREATE TABLE exceptions (
        facility_id text,
        program_id text,
        track_id text,
        occurrence date,
        is_off boolean NOT NULL,
        day date,
        starts time,
        ends time,
        room_id text,
        staff_id text,
        modality text,
        reason text NOT NULL,
        since timestamptz NOT NULL,
        PRIMARY KEY (facility_id, program_id, track_id, occurrence)
    );
    COMMENT ON TABLE exceptions IS
        'Meetings that are otherwise than their series; what is empty goes as the series does.';
    COMMENT ON COLUMN exceptions.facility_id IS 'The site.';
    COMMENT ON COLUMN exceptions.program_id IS 'The program, by its id at the clinic.';
    COMMENT ON COLUMN exceptions.track_id IS 'The track.';
    COMMENT ON COLUMN exceptions.occurrence IS 'The day on which the rule has the meeting.';
    COMMENT ON COLUMN exceptions.is_off IS 'Whether it does not take place.';
    COMMENT ON COLUMN exceptions.day IS 'The day on which it is.';
    COMMENT ON COLUMN exceptions.starts IS 'When it starts, by the site''s clocks.';
    COMMENT ON COLUMN exceptions.ends IS 'When it ends, by the site''s clocks.';
    COMMENT ON COLUMN exceptions.room_id IS 'Where it is.';
    COMMENT ON COLUMN exceptions.staff_id IS 'Who leads it.';
    COMMENT ON COLUMN exceptions.modality IS 'in-person, video or hybrid.';
    COMMENT ON COLUMN exceptions.reason IS 'Why, as was said last.';
    COMMENT ON COLUMN exceptions.since IS 'When that was recorded (UTC).';
"""


def changes(event: Event) -> Iterator[Change]:
    """Keep each series as it is now."""
    match event:
        case ProgramOpened() | ProgramRevised():
            yield _program(event)
        case TrackOpened() | TrackRevised():
            yield from _track(event.originator_id, event.track)
        case SeriesChanged():
            yield (
                "DELETE FROM patterns WHERE (facility_id, program_id) = (SELECT facility_id,"
                " program_id FROM programs WHERE aggregate_id = %s)"
                " AND track_id = %s AND from_day >= %s AND NOT is_first",
                (event.originator_id, event.track_id, event.from_day),
            )
            yield _pattern(
                event.originator_id, event.track_id, event.from_day, event.pattern, event.reason
            )
        case MeetingExcepted():
            yield _excepted(event)
        case ExceptionLifted():
            yield (
                "DELETE FROM exceptions WHERE (facility_id, program_id) = (SELECT facility_id,"
                " program_id FROM programs WHERE aggregate_id = %s)"
                " AND track_id = %s AND occurrence = %s",
                (event.originator_id, event.track_id, event.occurrence),
            )
        case ClosureDeclared() | ClosureRevised() | ClosureLifted():
            yield _closure(event)


def _program(event: ProgramOpened | ProgramRevised) -> Change:
    facts = (
        event.name,
        event.population,
        event.focus,
        event.weekly_minutes,
        event.days_per_week,
    )
    if isinstance(event, ProgramOpened):
        return (
            "INSERT INTO programs VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            (event.originator_id, event.facility_id, event.program_id, *facts),
        )
    return (
        "UPDATE programs SET (name, population, focus, weekly_minutes, days_per_week)"
        " = (%s, %s, %s, %s, %s) WHERE aggregate_id = %s",
        (*facts, event.originator_id),
    )


def _track(aggregate_id: str, track: Track) -> Iterator[Change]:
    yield (
        "INSERT INTO tracks SELECT facility_id, program_id, %s, %s, %s, %s FROM programs"
        " WHERE aggregate_id = %s ON CONFLICT (facility_id, program_id, track_id) DO UPDATE"
        " SET name = EXCLUDED.name, first_day = EXCLUDED.first_day, last_day = EXCLUDED.last_day",
        (track.track_id, track.name, track.first_day, track.last_day, aggregate_id),
    )
    yield (
        "DELETE FROM patterns WHERE (facility_id, program_id) = (SELECT facility_id, program_id"
        " FROM programs WHERE aggregate_id = %s)"
        " AND track_id = %s AND (is_first OR from_day <= %s)",
        (aggregate_id, track.track_id, track.first_day),
    )
    yield _pattern(aggregate_id, track.track_id, track.first_day, track.pattern, None)


def _pattern(
    aggregate_id: str, track_id: str, from_day: date, pattern: Pattern, reason: str | None
) -> Change:
    """Return a pattern; the one with which a track was set up has no reason."""
    return (
        "INSERT INTO patterns SELECT facility_id, program_id, %s, %s, %s, %s, %s, %s, %s, %s, %s,"
        " %s, %s FROM programs WHERE aggregate_id = %s",
        (
            track_id,
            from_day,
            reason is None,
            pattern.rule,
            pattern.starts,
            pattern.ends,
            pattern.room_id,
            pattern.staff_id,
            pattern.capacity,
            pattern.modality,
            reason or "",
            aggregate_id,
        ),
    )


def _excepted(event: MeetingExcepted) -> Change:
    """Add what is otherwise to what already was: where both say something the later one does."""
    return (
        "INSERT INTO exceptions AS e SELECT facility_id, program_id, %(track_id)s, %(occurrence)s,"
        " coalesce(%(off)s, false), %(day)s, %(starts)s, %(ends)s, %(room_id)s, %(staff_id)s,"
        " %(modality)s, %(reason)s, %(at)s FROM programs WHERE aggregate_id = %(aggregate_id)s"
        " ON CONFLICT (facility_id, program_id, track_id, occurrence) DO UPDATE SET"
        " is_off = coalesce(%(off)s, e.is_off), day = coalesce(EXCLUDED.day, e.day),"
        " starts = coalesce(EXCLUDED.starts, e.starts), ends = coalesce(EXCLUDED.ends, e.ends),"
        " room_id = coalesce(EXCLUDED.room_id, e.room_id),"
        " staff_id = coalesce(EXCLUDED.staff_id, e.staff_id),"
        " modality = coalesce(EXCLUDED.modality, e.modality),"
        " reason = coalesce(nullif(EXCLUDED.reason, ''), e.reason), since = EXCLUDED.since",
        {
            "aggregate_id": event.originator_id,
            "track_id": event.track_id,
            "occurrence": event.occurrence,
            "at": event.timestamp,
            **_otherwise(event.deviation),
        },
    )


def _otherwise(deviation: Deviation) -> dict[str, object]:
    return {
        "off": deviation.off,
        "day": deviation.day,
        "starts": deviation.starts,
        "ends": deviation.ends,
        "room_id": deviation.room_id,
        "staff_id": deviation.staff_id,
        "modality": deviation.modality,
        "reason": deviation.reason,
    }


def _closure(event: ClosureDeclared | ClosureRevised | ClosureLifted) -> Change:
    if isinstance(event, ClosureLifted):
        return (
            "DELETE FROM closures WHERE (facility_id, program_id) = (SELECT facility_id,"
            " program_id FROM programs WHERE aggregate_id = %s) AND day = %s",
            (event.originator_id, event.day),
        )
    return (
        "INSERT INTO closures SELECT facility_id, program_id, %s, %s FROM programs"
        " WHERE aggregate_id = %s ON CONFLICT (facility_id, program_id, day) DO UPDATE"
        " SET reason = EXCLUDED.reason",
        (event.day, event.reason, event.originator_id),
    )
