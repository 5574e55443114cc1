"""Every session on the schedule: what happened to it, and who signed for it."""

from collections.abc import Iterator
from typing import LiteralString

from domain.aggregate import Event
from domain.session import (
    GroupNoteSigned,
    IndividualNoteSigned,
    Meeting,
    NoteCosigned,
    RoomSubstituted,
    SessionCalledOff,
    SessionClosed,
    SessionRescheduled,
    SessionRestored,
    SessionScheduled,
    SessionStarted,
    SessionWithdrawn,
    SheetSigned,
    StaffSubstituted,
)
from projections.schedule.change_log import TABLES as CHANGES
from projections.schedule.change_log import noted, rescheduled
from projections.view import Change

TABLES: LiteralString = (
    """
    CREATE TABLE sessions (
        session_id text PRIMARY KEY,
        facility_id text NOT NULL,
        label text NOT NULL,
        program_id text NOT NULL,
        track_id text,
        occurrence date,
        day date NOT NULL,
        starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL,
        first_starts_at timestamptz NOT NULL,
        room_id text NOT NULL,
        staff_id text,
        led_since timestamptz NOT NULL,
        places integer NOT NULL,
        modality text NOT NULL,
        started boolean NOT NULL DEFAULT false,
        closed boolean NOT NULL DEFAULT false,
        withdrawn boolean NOT NULL DEFAULT false,
        called_off_because text,
        state text NOT NULL GENERATED ALWAYS AS (
            CASE WHEN withdrawn THEN 'withdrawn' WHEN called_off_because IS NOT NULL
                THEN 'called_off' WHEN closed THEN 'closed' WHEN started THEN 'started'
                ELSE 'scheduled' END
        ) STORED
    );
    CREATE INDEX ON sessions (facility_id, day);
    CREATE INDEX ON sessions (facility_id, ends_at) WHERE NOT closed;
    COMMENT ON TABLE sessions IS 'Every session on the schedule, past and to come.';
    COMMENT ON COLUMN sessions.session_id IS 'The session''s id.';
    COMMENT ON COLUMN sessions.facility_id IS 'The site.';
    COMMENT ON COLUMN sessions.label IS 'What the clinic calls the track, or the session.';
    COMMENT ON COLUMN sessions.program_id IS 'The program, by its id at the clinic.';
    COMMENT ON COLUMN sessions.track_id IS 'The track; empty for a session of its own.';
    COMMENT ON COLUMN sessions.occurrence IS
        'The day on which the track''s rule has it, wherever it was moved.';
    COMMENT ON COLUMN sessions.day IS 'The day on the site''s clocks.';
    COMMENT ON COLUMN sessions.starts_at IS 'When it starts (UTC).';
    COMMENT ON COLUMN sessions.ends_at IS 'When it ends (UTC).';
    COMMENT ON COLUMN sessions.first_starts_at IS
        'When it was to start as it was first scheduled (UTC): another time if it was moved.';
    COMMENT ON COLUMN sessions.room_id IS 'Where it is.';
    COMMENT ON COLUMN sessions.staff_id IS 'Who leads it; empty while nobody does.';
    COMMENT ON COLUMN sessions.led_since IS 'Since when that is on record (UTC).';
    COMMENT ON COLUMN sessions.places IS 'How many patients it has places for.';
    COMMENT ON COLUMN sessions.modality IS 'in-person, video or hybrid.';
    COMMENT ON COLUMN sessions.started IS 'Whether the facilitator began it.';
    COMMENT ON COLUMN sessions.closed IS 'Whether it is over and its attendance recorded.';
    COMMENT ON COLUMN sessions.withdrawn IS 'Whether it was taken off the schedule.';
    COMMENT ON COLUMN sessions.called_off_because IS
        'Why the program called it off; empty where it takes place.';
    COMMENT ON COLUMN sessions.state IS
        'scheduled, started, called_off, closed (over) or withdrawn.';

    CREATE TABLE session_parts (
        session_id text,
        number integer,
        starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL,
        service text NOT NULL,
        title text NOT NULL,
        topic text,
        format text,
        PRIMARY KEY (session_id, number)
    );
    COMMENT ON TABLE session_parts IS 'What a session is made of.';
    COMMENT ON COLUMN session_parts.session_id IS 'The session.';
    COMMENT ON COLUMN session_parts.number IS 'The part''s place in it, from 1.';
    COMMENT ON COLUMN session_parts.starts_at IS 'When it starts (UTC).';
    COMMENT ON COLUMN session_parts.ends_at IS 'When it ends (UTC).';
    COMMENT ON COLUMN session_parts.service IS
        'What is given, such as group or education; break counts for nothing.';
    COMMENT ON COLUMN session_parts.title IS 'What it is called.';
    COMMENT ON COLUMN session_parts.topic IS 'The topic of an education, or the practice.';
    COMMENT ON COLUMN session_parts.format IS
        'What sets it apart: multi-family, outside-speaker or crisis; empty where nothing does.';

    CREATE TABLE signatures (
        event_id text PRIMARY KEY,
        session_id text NOT NULL,
        kind text NOT NULL,
        patient_id text,
        author text NOT NULL,
        credential text NOT NULL,
        at timestamptz NOT NULL,
        services text[] NOT NULL
    );
    CREATE INDEX ON signatures (session_id);
    COMMENT ON TABLE signatures IS 'Who signed for a session; the notes themselves are elsewhere.';
    COMMENT ON COLUMN signatures.event_id IS 'The event (aggregate:version).';
    COMMENT ON COLUMN signatures.session_id IS 'The session.';
    COMMENT ON COLUMN signatures.kind IS
        'group_note, individual_note, cosignature (of an individual note) or sheet: the sign-in'
        ' sheet.';
    COMMENT ON COLUMN signatures.patient_id IS
        'Of an individual note and its co-signature: the patient''s random id, as in the event.';
    COMMENT ON COLUMN signatures.author IS 'By whom, as events name their author.';
    COMMENT ON COLUMN signatures.credential IS 'The credential under which they signed.';
    COMMENT ON COLUMN signatures.at IS 'When (UTC).';
    COMMENT ON COLUMN signatures.services IS
        'Of which services an individual note is; of no service where it is of the whole visit.';
"""
    + CHANGES
)


def changes(event: Event) -> Iterator[Change]:
    """Follow each session, and note what changed."""
    match event:
        case SessionScheduled():
            yield _scheduled(event)
            yield _parts(event.originator_id, event.meeting)
            yield noted(event, "scheduled")
        case SessionRescheduled():
            yield rescheduled(event)
            yield _signed_anew(event)
            yield _rescheduled(event)
            yield "DELETE FROM session_parts WHERE session_id = %s", (event.originator_id,)
            yield _parts(event.originator_id, event.meeting)
        case RoomSubstituted():
            yield (
                "UPDATE sessions SET room_id = %s, places = %s WHERE session_id = %s",
                (event.room_id, event.places, event.originator_id),
            )
            yield noted(event, "room substituted", event.reason)
        case StaffSubstituted():
            yield (
                "UPDATE sessions SET staff_id = %s, led_since = %s WHERE session_id = %s",
                (event.staff_id, event.timestamp, event.originator_id),
            )
            what = "facilitator substituted" if event.staff_id else "facilitator taken away"
            yield noted(event, what, event.reason)
        case (
            SessionStarted()
            | SessionCalledOff()
            | SessionRestored()
            | SessionClosed()
            | SessionWithdrawn()
        ):
            yield from _state(event)
        case GroupNoteSigned():
            yield _signed(event, "group_note", None)
        case IndividualNoteSigned():
            yield _signed(event, "individual_note", event.patient_id)
        case NoteCosigned():
            yield _signed(event, "cosignature", event.patient_id)
        case SheetSigned():
            yield _signed(event, "sheet", None)


def _scheduled(event: SessionScheduled) -> Change:
    return (
        "INSERT INTO sessions (session_id, facility_id, label, first_starts_at, led_since,"
        " program_id, track_id, occurrence, day, starts_at, ends_at, room_id, staff_id, places,"
        " modality) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            event.originator_id,
            event.facility_id,
            event.label,
            event.meeting.starts_at,
            event.timestamp,
            *_facts(event.meeting),
        ),
    )


def _rescheduled(event: SessionRescheduled) -> Change:
    """Move a session; one that ends in the future is to take place again."""
    again = event.meeting.ends_at > event.timestamp
    return (
        "UPDATE sessions SET started = started AND NOT %s,"
        " closed = closed AND NOT %s, withdrawn = false,"
        " led_since = CASE WHEN staff_id IS DISTINCT FROM %s THEN %s ELSE led_since END,"
        " (program_id, track_id, occurrence, day, starts_at, ends_at, room_id, staff_id, places,"
        " modality) = (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) WHERE session_id = %s",
        (
            event.meeting.starts_at > event.timestamp,
            again,
            event.meeting.staff_id,
            event.timestamp,
            *_facts(event.meeting),
            event.originator_id,
        ),
    )


def _signed_anew(event: SessionRescheduled) -> Change:
    """Forget what was signed of a session that was closed and is to take place again."""
    return (
        "DELETE FROM signatures g USING sessions s"
        " WHERE g.session_id = %s AND s.session_id = g.session_id AND s.closed AND %s",
        (event.originator_id, event.meeting.ends_at > event.timestamp),
    )


def _facts(meeting: Meeting) -> tuple[object, ...]:
    return (
        meeting.program_id,
        meeting.track_id,
        meeting.occurrence,
        meeting.day,
        meeting.starts_at,
        meeting.ends_at,
        meeting.room_id,
        meeting.staff_id,
        meeting.places,
        meeting.modality,
    )


def _parts(session_id: str, meeting: Meeting) -> Change:
    return (
        "INSERT INTO session_parts SELECT %s, part.* FROM unnest(%s::integer[],"
        " %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[])"
        " AS part",
        (
            session_id,
            list(range(1, len(meeting.parts) + 1)),
            [part.starts_at for part in meeting.parts],
            [part.ends_at for part in meeting.parts],
            [part.service for part in meeting.parts],
            [part.title for part in meeting.parts],
            [part.topic for part in meeting.parts],
            [part.format for part in meeting.parts],
        ),
    )


def _state(
    event: SessionStarted | SessionCalledOff | SessionRestored | SessionClosed | SessionWithdrawn,
) -> Iterator[Change]:
    session = (event.originator_id,)
    match event:
        case SessionStarted():
            yield "UPDATE sessions SET started = true WHERE session_id = %s", session
            yield noted(event, "started")
        case SessionClosed():
            yield "UPDATE sessions SET closed = true WHERE session_id = %s", session
            yield noted(event, "closed")
        case SessionCalledOff():
            yield (
                "UPDATE sessions SET called_off_because = %s WHERE session_id = %s",
                (event.reason, event.originator_id),
            )
            yield noted(event, "called off", event.reason)
        case SessionRestored():
            yield (
                "UPDATE sessions SET called_off_because = NULL WHERE session_id = %s",
                (event.originator_id,),
            )
            yield noted(event, "restored", event.reason)
        case SessionWithdrawn():
            yield (
                "UPDATE sessions SET withdrawn = true, started = false WHERE session_id = %s",
                session,
            )
            yield noted(event, "withdrawn", event.reason)


def _signed(
    event: GroupNoteSigned | IndividualNoteSigned | NoteCosigned | SheetSigned,
    kind: str,
    patient_id: str | None,
) -> Change:
    return (
        "INSERT INTO signatures VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            event.event_id,
            event.originator_id,
            kind,
            patient_id,
            event.author,
            event.credential,
            event.timestamp,
            list(event.services) if isinstance(event, IndividualNoteSigned) else [],
        ),
    )
