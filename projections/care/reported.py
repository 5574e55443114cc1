"""What is learned of patients between sessions, and the summaries of their treatments."""

from collections.abc import Iterator
from typing import LiteralString

from domain.aggregate import Event
from domain.monitoring.events import IncidentRecorded, IncidentWithdrawn
from domain.patient import DischargeSummarySigned
from projections.view import Change

TABLES: LiteralString = """
    CREATE TABLE incidents (
        event_id text PRIMARY KEY,
        patient_id text NOT NULL,
        recorded_as text NOT NULL,
        kind text NOT NULL,
        learned_on date NOT NULL,
        author text NOT NULL
    );
    CREATE INDEX ON incidents (patient_id);
    COMMENT ON TABLE incidents IS
        'Clinical: what the program learned of patients and may have to report to a court.';
    COMMENT ON COLUMN incidents.event_id IS 'The event (aggregate:version).';
    COMMENT ON COLUMN incidents.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN incidents.recorded_as IS 'The patient''s random id in the event.';
    COMMENT ON COLUMN incidents.kind IS 'use, arrest, no-progress or self-help-missed.';
    COMMENT ON COLUMN incidents.learned_on IS 'The day on which the program learned of it.';
    COMMENT ON COLUMN incidents.author IS 'Who recorded it, as events name their author.';

    CREATE TABLE discharge_summaries (
        event_id text PRIMARY KEY,
        patient_id text NOT NULL,
        recorded_as text NOT NULL,
        discharged_on date NOT NULL,
        signed_on date NOT NULL,
        credential text NOT NULL,
        author text NOT NULL
    );
    CREATE INDEX ON discharge_summaries (patient_id);
    COMMENT ON TABLE discharge_summaries IS
        'Who signed the summary of a treatment that ended; the text itself is elsewhere.';
    COMMENT ON COLUMN discharge_summaries.event_id IS 'The event (aggregate:version).';
    COMMENT ON COLUMN discharge_summaries.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN discharge_summaries.recorded_as IS 'The patient''s random id in the event.';
    COMMENT ON COLUMN discharge_summaries.discharged_on IS
        'The last day of the treatment, as it was then.';
    COMMENT ON COLUMN discharge_summaries.signed_on IS 'The day of the signature.';
    COMMENT ON COLUMN discharge_summaries.credential IS 'The credential under which they signed.';
    COMMENT ON COLUMN discharge_summaries.author IS 'By whom, as events name their author.';
"""


def changes(event: Event) -> Iterator[Change]:
    """Keep incidents, and who signed which summary."""
    match event:
        case IncidentRecorded():
            yield (
                "INSERT INTO incidents VALUES (%(event_id)s, coalesce((SELECT merged_into"
                " FROM patients WHERE patient_id = %(about)s), %(about)s), %(about)s, %(kind)s,"
                " %(learned_on)s, %(author)s)",
                {
                    "event_id": event.event_id,
                    "about": event.patient_id,
                    "kind": event.kind,
                    "learned_on": event.learned_on,
                    "author": event.author,
                },
            )
        case IncidentWithdrawn():
            yield (
                "DELETE FROM incidents WHERE (recorded_as, kind, learned_on) = (%s, %s, %s)",
                (event.patient_id, event.kind, event.learned_on),
            )
        case DischargeSummarySigned():
            yield (
                "INSERT INTO discharge_summaries VALUES (%(event_id)s, coalesce((SELECT merged_into"
                " FROM patients WHERE patient_id = %(about)s), %(about)s), %(about)s,"
                " %(discharged_on)s, %(signed_on)s, %(credential)s, %(author)s)",
                {
                    "event_id": event.event_id,
                    "about": event.originator_id,
                    "discharged_on": event.discharged_on,
                    "signed_on": event.signed_on,
                    "credential": event.credential,
                    "author": event.author,
                },
            )
