"""Who is whose counselor, from which day of the treatment on."""

from collections.abc import Iterator
from typing import LiteralString

from domain.aggregate import Event
from domain.patient import CandidateAdmitted, CounselorAssigned, PatientMerged
from projections.view import Change

TABLES: LiteralString = """
    CREATE TABLE counselors (
        patient_id text,
        from_day date,
        staff_id text NOT NULL,
        PRIMARY KEY (patient_id, from_day)
    );
    CREATE INDEX ON counselors (staff_id);
    COMMENT ON TABLE counselors IS
        'Who is whose counselor, from a day of the present treatment on, or of the last one.';
    COMMENT ON COLUMN counselors.patient_id IS 'The patient''s random id.';
    COMMENT ON COLUMN counselors.from_day IS 'The day from which it holds, until the next.';
    COMMENT ON COLUMN counselors.staff_id IS 'The counselor, by their id at the site.';
"""


def changes(event: Event) -> Iterator[Change]:
    """Follow assignments; another treatment, and another record of the person, begin anew."""
    match event:
        case CounselorAssigned():
            yield (
                "INSERT INTO counselors VALUES (%s, %s, %s) ON CONFLICT (patient_id, from_day)"
                " DO UPDATE SET staff_id = EXCLUDED.staff_id",
                (event.originator_id, event.from_day, event.staff_id),
            )
        case CandidateAdmitted() | PatientMerged():
            yield "DELETE FROM counselors WHERE patient_id = %s", (event.originator_id,)
