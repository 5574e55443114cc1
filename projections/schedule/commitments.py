"""When patients cannot come: their work, school and family duties, by the site's clocks."""

from collections.abc import Iterator
from typing import LiteralString

from domain.aggregate import Event
from domain.patient import CommitmentNoted, CommitmentRevised
from projections.view import Change

TABLES: LiteralString = """
    CREATE TABLE duties (
        patient_id text,
        commitment text,
        kind text NOT NULL,
        weekdays text[] NOT NULL,
        starts time NOT NULL,
        ends time NOT NULL,
        first_day date NOT NULL,
        last_day date,
        PRIMARY KEY (patient_id, commitment)
    );
    COMMENT ON TABLE duties IS 'Weekly times at which a patient has duties elsewhere.';
    COMMENT ON COLUMN duties.patient_id IS 'The patient''s random id, as in the event.';
    COMMENT ON COLUMN duties.commitment IS
        'What tells it from the patient''s other duties, as in collisions.';
    COMMENT ON COLUMN duties.kind IS 'work, school or family.';
    COMMENT ON COLUMN duties.weekdays IS 'On which days of the week: MO to SU.';
    COMMENT ON COLUMN duties.starts IS 'From when, by the site''s clocks.';
    COMMENT ON COLUMN duties.ends IS 'Until when, by the site''s clocks.';
    COMMENT ON COLUMN duties.first_day IS 'Since which day.';
    COMMENT ON COLUMN duties.last_day IS 'Until which day; empty while it goes on.';
"""


def changes(event: Event) -> Iterator[Change]:
    """Keep the duties; what was decided about one at other times is open again."""
    match event:
        case CommitmentNoted() | CommitmentRevised():
            duty = event.commitment
            times = (list(duty.weekdays), duty.starts, duty.ends, duty.first_day, duty.last_day)
            yield (
                "DELETE FROM collisions c USING duties d"
                " WHERE (d.patient_id, d.commitment) = (%s, %s)"
                " AND (c.patient_id, c.commitment) = (d.patient_id, d.commitment)"
                " AND (d.weekdays, d.starts, d.ends, d.first_day, d.last_day)"
                " IS DISTINCT FROM (%s::text[], %s, %s, %s, %s)",
                (event.originator_id, duty.key, *times),
            )
            yield (
                "INSERT INTO duties VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
                " ON CONFLICT (patient_id, commitment) DO UPDATE SET"
                " (weekdays, starts, ends, first_day, last_day) = (EXCLUDED.weekdays,"
                " EXCLUDED.starts, EXCLUDED.ends, EXCLUDED.first_day, EXCLUDED.last_day)",
                (event.originator_id, duty.key, duty.kind, *times),
            )
