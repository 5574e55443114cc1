"""What changed, in plain words: so that a dashboard can ask for all that did since an instant."""

from typing import LiteralString

from domain.aggregate import Event
from domain.session import SessionRescheduled
from projections.view import Change

TABLES: LiteralString = """
    CREATE TABLE changes (
        event_id text PRIMARY KEY,
        session_id text NOT NULL,
        facility_id text NOT NULL,
        day date NOT NULL,
        at timestamptz NOT NULL,
        what text NOT NULL,
        reason text
    );
    CREATE INDEX ON changes (at);
    COMMENT ON TABLE changes IS
        'One row for every change of a session''s schedule or roster. Nothing in it says who a'
        ' patient is.';
    COMMENT ON COLUMN changes.event_id IS 'The event (aggregate:version).';
    COMMENT ON COLUMN changes.session_id IS 'The session.';
    COMMENT ON COLUMN changes.facility_id IS 'The site.';
    COMMENT ON COLUMN changes.day IS
        'The session''s day at that time; the day from which it was moved, where it was.';
    COMMENT ON COLUMN changes.at IS 'When it was recorded (UTC).';
    COMMENT ON COLUMN changes.what IS 'What changed, such as moved or patient released.';
    COMMENT ON COLUMN changes.reason IS 'Why, where somebody said so.';
"""


def noted(event: Event, what: str, reason: str | None = None) -> Change:
    """Return the row of a change."""
    return (
        "INSERT INTO changes SELECT %s, session_id, facility_id, day, %s, %s, %s FROM sessions"
        " WHERE session_id = %s",
        (event.event_id, event.timestamp, what, reason, event.originator_id),
    )


def rescheduled(event: SessionRescheduled) -> Change:
    """Return the row of a session that has another meeting: it says what is otherwise.

    It compares with the session as it was, and so comes before that is changed.
    """
    meeting = event.meeting
    return (
        "INSERT INTO changes SELECT %(event_id)s, session_id, facility_id, day, %(at)s,"
        " coalesce(nullif(concat_ws(', ',"
        " CASE WHEN withdrawn THEN 'on the schedule again' END,"
        " CASE WHEN (starts_at, ends_at) <> (%(starts_at)s, %(ends_at)s) THEN 'moved' END,"
        " CASE WHEN room_id <> %(room_id)s THEN 'room changed' END,"
        " CASE WHEN staff_id IS DISTINCT FROM %(staff_id)s THEN 'facilitator changed' END,"
        " CASE WHEN places <> %(places)s THEN 'places changed' END,"
        " CASE WHEN modality <> %(modality)s THEN 'modality changed' END), ''),"
        " 'content changed'), NULL FROM sessions WHERE session_id = %(session_id)s",
        {
            "event_id": event.event_id,
            "session_id": event.originator_id,
            "at": event.timestamp,
            "starts_at": meeting.starts_at,
            "ends_at": meeting.ends_at,
            "room_id": meeting.room_id,
            "staff_id": meeting.staff_id,
            "places": meeting.places,
            "modality": meeting.modality,
        },
    )
