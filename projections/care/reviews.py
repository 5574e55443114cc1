"""The sites' clocks, and what somebody has to look at by a day that a plan or a physician said."""

from collections.abc import Iterator
from typing import LiteralString

from domain.aggregate import Event
from domain.facility import FacilityOpened
from projections.view import Change

TABLES: LiteralString = """
    CREATE TABLE facilities (
        facility_id text PRIMARY KEY,
        timezone text NOT NULL
    );
    COMMENT ON TABLE facilities IS 'The sites, and their clocks.';
    COMMENT ON COLUMN facilities.facility_id IS 'The site''s id.';
    COMMENT ON COLUMN facilities.timezone IS 'Its IANA zone.';
"""

REVIEWS_DUE: LiteralString = """
    CREATE VIEW reviews_due AS
    WITH treated AS (
        SELECT DISTINCT ON (e.recorded_as) e.recorded_as, e.patient_id, e.facility_id,
            e.discharged_on
        FROM episodes e ORDER BY e.recorded_as, e.episode DESC
    ), open AS (
        SELECT * FROM treated WHERE discharged_on IS NULL AND recorded_as = patient_id
    )
    SELECT o.patient_id, o.facility_id, 'plan review' AS what, r.plan_review_due AS due,
        'the plan says so' AS because
    FROM open o JOIN reviews r USING (recorded_as) WHERE r.plan_review_due IS NOT NULL
    UNION ALL
    SELECT o.patient_id, o.facility_id, 'recertification', r.recertify_by,
        'a physician certifies anew by then'
    FROM open o JOIN reviews r USING (recorded_as) WHERE r.recertify_by IS NOT NULL;
    COMMENT ON VIEW reviews_due IS
        'What somebody has to look at, of patients in treatment: each with its day, past or to'
        ' come. Reviews that absences ask for are findings of compliance: a policy asks for them.';
    COMMENT ON COLUMN reviews_due.patient_id IS 'The patient''s random id.';
    COMMENT ON COLUMN reviews_due.facility_id IS 'The site.';
    COMMENT ON COLUMN reviews_due.what IS 'plan review or recertification.';
    COMMENT ON COLUMN reviews_due.due IS 'The last day for it.';
    COMMENT ON COLUMN reviews_due.because IS 'Why, in words.';
"""


def changes(event: Event) -> Iterator[Change]:
    """Keep the sites' clocks."""
    if isinstance(event, FacilityOpened):
        yield (
            "INSERT INTO facilities VALUES (%s, %s)",
            (event.facility_id, event.timezone),
        )
