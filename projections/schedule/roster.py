"""Who is expected at a session, who comes along with them, and how many places are left."""

from collections.abc import Iterator
from typing import LiteralString

from domain.aggregate import Event
from domain.session import (
    CheckInUndone,
    LateSignInEntered,
    PatientCheckedIn,
    PatientReleased,
    PatientRostered,
    SessionWithdrawn,
    SignInReassigned,
    SupporterExpected,
    SupporterReleased,
)
from projections.schedule.change_log import noted
from projections.view import Change

TABLES: LiteralString = """
    CREATE TABLE merges (
        patient_id text PRIMARY KEY,
        merged_into text NOT NULL
    );
    COMMENT ON TABLE merges IS 'Records of one person that were merged.';
    COMMENT ON COLUMN merges.patient_id IS 'The random id of the record that was closed.';
    COMMENT ON COLUMN merges.merged_into IS 'The random id of the one that goes on.';

    CREATE TABLE expected (
        session_id text,
        recorded_as text,
        patient_id text NOT NULL,
        role text NOT NULL,
        sign_ins integer NOT NULL DEFAULT 0,
        PRIMARY KEY (session_id, recorded_as)
    );
    CREATE INDEX ON expected (patient_id);
    COMMENT ON TABLE expected IS 'Who takes a place in which session.';
    COMMENT ON COLUMN expected.session_id IS 'The session.';
    COMMENT ON COLUMN expected.recorded_as IS 'The patient''s random id in the events.';
    COMMENT ON COLUMN expected.patient_id IS
        'The patient''s random id now: another one if the record was merged.';
    COMMENT ON COLUMN expected.role IS 'rostered, or make_up: came for a missed visit.';
    COMMENT ON COLUMN expected.sign_ins IS
        'How often somebody signed in who came to make up a visit; 0 for others.';

    CREATE TABLE supporters (
        session_id text,
        supporter_id text,
        patient_id text NOT NULL,
        relation text NOT NULL,
        PRIMARY KEY (session_id, supporter_id)
    );
    COMMENT ON TABLE supporters IS
        'People close to a patient who are expected too; they are no patients and take no place.';
    COMMENT ON COLUMN supporters.session_id IS 'The session.';
    COMMENT ON COLUMN supporters.supporter_id IS 'The supporter''s random id.';
    COMMENT ON COLUMN supporters.patient_id IS 'Whose they are: the patient''s random id.';
    COMMENT ON COLUMN supporters.relation IS 'What they are to the patient.';

    CREATE TABLE waiting (
        aggregate_id text,
        patient_id text,
        turn integer NOT NULL,
        waits_for text NOT NULL,
        facility_id text NOT NULL,
        session_id text,
        program_id text,
        track_id text NOT NULL DEFAULT '',
        weekdays text[],
        since timestamptz NOT NULL,
        passed_over integer NOT NULL DEFAULT 0,
        because text,
        PRIMARY KEY (aggregate_id, track_id, patient_id)
    );
    COMMENT ON TABLE waiting IS 'Who waits for a place in a session, or in a track.';
    COMMENT ON COLUMN waiting.aggregate_id IS 'The session or program in whose events it is.';
    COMMENT ON COLUMN waiting.patient_id IS 'The patient''s random id, as in the event.';
    COMMENT ON COLUMN waiting.turn IS 'The one with the smallest is next.';
    COMMENT ON COLUMN waiting.waits_for IS 'session or track.';
    COMMENT ON COLUMN waiting.facility_id IS 'The site.';
    COMMENT ON COLUMN waiting.session_id IS 'The session; empty for a track.';
    COMMENT ON COLUMN waiting.program_id IS
        'The track''s program, by its id at the clinic; empty for a session.';
    COMMENT ON COLUMN waiting.track_id IS 'The track; an empty word for a session.';
    COMMENT ON COLUMN waiting.weekdays IS
        'The days of the week for which a track is waited for, of MO to SU.';
    COMMENT ON COLUMN waiting.since IS 'Since when (UTC).';
    COMMENT ON COLUMN waiting.passed_over IS
        'How often a place came free that the patient could not take.';
    COMMENT ON COLUMN waiting.because IS 'What kept them from it the last time.';

    CREATE VIEW free_places AS
    SELECT s.facility_id, s.day, s.session_id, s.places, n.taken,
        CASE WHEN s.state IN ('scheduled', 'started')
            THEN greatest(s.places - n.taken, 0) ELSE 0 END AS free,
        (SELECT count(*) FROM waiting w
            WHERE w.aggregate_id = s.session_id AND w.track_id = '')::integer AS waiting
    FROM sessions s, LATERAL (
        SELECT count(*)::integer AS taken FROM expected e WHERE e.session_id = s.session_id
    ) n
    WHERE s.state <> 'withdrawn';
    COMMENT ON VIEW free_places IS 'How many places each session has, and has left.';
    COMMENT ON COLUMN free_places.facility_id IS 'The site.';
    COMMENT ON COLUMN free_places.day IS 'The day on the site''s clocks.';
    COMMENT ON COLUMN free_places.session_id IS 'The session.';
    COMMENT ON COLUMN free_places.places IS 'How many patients it has places for.';
    COMMENT ON COLUMN free_places.taken IS 'How many are expected or came to make up a visit.';
    COMMENT ON COLUMN free_places.free IS
        'How many more can be; 0 where it is over or does not take place.';
    COMMENT ON COLUMN free_places.waiting IS 'How many patients wait for a place in it.';
"""


def changes(event: Event) -> Iterator[Change]:
    """Keep who takes a place, and note what changed."""
    match event:
        case PatientRostered():
            yield _rostered(event)
        case PatientReleased():
            yield (
                "DELETE FROM expected WHERE session_id = %s AND recorded_as = %s",
                (event.originator_id, event.patient_id),
            )
            yield noted(event, "patient released")
        case PatientCheckedIn() | LateSignInEntered() if event.makes_up:
            yield _came_to_make_up(event)
            yield (
                "DELETE FROM waiting WHERE session_id = %s AND patient_id = %s",
                (event.originator_id, event.patient_id),
            )
            yield noted(event, "patient came to make up")
        case CheckInUndone() | SignInReassigned():
            yield from _nobody_came(event)
        case SupporterExpected():
            yield (
                "INSERT INTO supporters VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (session_id, supporter_id) DO UPDATE"
                " SET patient_id = EXCLUDED.patient_id, relation = EXCLUDED.relation",
                (event.originator_id, event.supporter_id, event.patient_id, event.relation),
            )
            yield noted(event, "supporter expected")
        case SupporterReleased():
            yield (
                "DELETE FROM supporters WHERE session_id = %s AND supporter_id = %s",
                (event.originator_id, event.supporter_id),
            )
            yield noted(event, "supporter released")
        case SessionWithdrawn():
            yield "DELETE FROM expected WHERE session_id = %s", (event.originator_id,)
            yield "DELETE FROM supporters WHERE session_id = %s", (event.originator_id,)
            yield "DELETE FROM waiting WHERE session_id = %s", (event.originator_id,)


def _rostered(event: PatientRostered) -> Change:
    """Return all that a booking changes in one statement: there are many of them."""
    return (
        "WITH noted AS (INSERT INTO changes SELECT %(event_id)s, session_id, facility_id, day,"
        " %(at)s, 'patient rostered' FROM sessions WHERE session_id = %(session_id)s),"
        " waits_no_longer AS (DELETE FROM waiting WHERE aggregate_id = %(session_id)s"
        " AND track_id = '' AND patient_id = %(patient_id)s)"
        " INSERT INTO expected (session_id, recorded_as, patient_id, role)"
        " VALUES (%(session_id)s, %(patient_id)s, coalesce((SELECT merged_into FROM merges"
        " WHERE patient_id = %(patient_id)s), %(patient_id)s), 'rostered') ON CONFLICT DO NOTHING",
        {
            "event_id": event.event_id,
            "at": event.timestamp,
            "session_id": event.originator_id,
            "patient_id": event.patient_id,
        },
    )


def _came_to_make_up(event: PatientCheckedIn | LateSignInEntered) -> Change:
    return (
        "INSERT INTO expected VALUES (%(session_id)s, %(patient_id)s, coalesce((SELECT merged_into"
        " FROM merges WHERE patient_id = %(patient_id)s), %(patient_id)s), 'make_up', 1)"
        " ON CONFLICT (session_id, recorded_as) DO UPDATE SET sign_ins = expected.sign_ins + 1",
        {"session_id": event.originator_id, "patient_id": event.patient_id},
    )


def _nobody_came(event: CheckInUndone | SignInReassigned) -> Iterator[Change]:
    """Give the place of a make-up back with its last line."""
    yield (
        "UPDATE expected SET sign_ins = sign_ins - 1"
        " WHERE session_id = %s AND recorded_as = %s AND role = 'make_up'",
        (event.originator_id, event.patient_id),
    )
    yield (
        "WITH gone AS (DELETE FROM expected WHERE session_id = %s AND recorded_as = %s"
        " AND role = 'make_up' AND sign_ins <= 0 RETURNING session_id)"
        " INSERT INTO changes SELECT %s, session_id, facility_id, day, %s, 'make-up undone', %s"
        " FROM sessions JOIN gone USING (session_id)",
        (
            event.originator_id,
            event.patient_id,
            event.event_id,
            event.timestamp,
            event.reason,
        ),
    )
