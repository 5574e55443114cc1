"""Plans of care, their reviews and certifications."""

from collections.abc import Iterator
from typing import LiteralString

from domain.aggregate import Event
from domain.patient import (
    CandidateAdmitted,
    CareCertified,
    CareRecertified,
    PlanAdjusted,
    PlanReviewed,
    PlanSet,
    PlanTapered,
)
from projections.view import Change

TABLES: LiteralString = """
    CREATE TABLE plans (
        recorded_as text,
        effective_from date,
        patient_id text NOT NULL,
        weekly_minutes integer NOT NULL,
        days_per_week integer NOT NULL,
        goals text[] NOT NULL,
        prompt_kind text,
        prompt_reference text,
        tapers_to text,
        PRIMARY KEY (recorded_as, effective_from)
    );
    CREATE INDEX ON plans (patient_id);
    COMMENT ON TABLE plans IS 'What a patient''s plan of care asks for, from a day on.';
    COMMENT ON COLUMN plans.recorded_as IS 'The patient''s random id in the events.';
    COMMENT ON COLUMN plans.effective_from IS 'The day from which it holds.';
    COMMENT ON COLUMN plans.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN plans.weekly_minutes IS 'Minutes a week.';
    COMMENT ON COLUMN plans.days_per_week IS 'Days a week.';
    COMMENT ON COLUMN plans.goals IS 'The names of its goals.';
    COMMENT ON COLUMN plans.prompt_kind IS
        'What prompted it: assessment, drug-test, attendance, review or request; else empty.';
    COMMENT ON COLUMN plans.prompt_reference IS 'The id of that assessment, test or session.';
    COMMENT ON COLUMN plans.tapers_to IS 'The lighter level of care to which it leads over.';

    CREATE TABLE planned_services (
        recorded_as text,
        effective_from date,
        service text,
        minutes integer NOT NULL,
        times integer NOT NULL,
        per text NOT NULL,
        FOREIGN KEY (recorded_as, effective_from) REFERENCES plans ON DELETE CASCADE
    );
    CREATE INDEX ON planned_services (recorded_as, effective_from);
    COMMENT ON TABLE planned_services IS 'The services that a plan asks for.';
    COMMENT ON COLUMN planned_services.recorded_as IS 'The patient''s random id in the events.';
    COMMENT ON COLUMN planned_services.effective_from IS 'The plan''s first day.';
    COMMENT ON COLUMN planned_services.service IS 'What kind of service.';
    COMMENT ON COLUMN planned_services.minutes IS 'Minutes each time.';
    COMMENT ON COLUMN planned_services.times IS 'How often in that time.';
    COMMENT ON COLUMN planned_services.per IS 'week or month.';

    CREATE TABLE reviews (
        recorded_as text PRIMARY KEY,
        patient_id text NOT NULL,
        plan_reviewed_on date,
        plan_review_due date,
        certified_on date,
        recertify_by date
    );
    CREATE INDEX ON reviews (patient_id);
    COMMENT ON TABLE reviews IS 'When plan and need of care were last looked at, and are due.';
    COMMENT ON COLUMN reviews.recorded_as IS 'The patient''s random id in the events.';
    COMMENT ON COLUMN reviews.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN reviews.plan_reviewed_on IS 'When the plan was last reviewed.';
    COMMENT ON COLUMN reviews.plan_review_due IS 'The last day for the next review.';
    COMMENT ON COLUMN reviews.certified_on IS 'When a physician last certified the need of care.';
    COMMENT ON COLUMN reviews.recertify_by IS 'The last day for the next certification.';
"""


def changes(event: Event) -> Iterator[Change]:
    """Keep plans and reviews."""
    match event:
        case PlanSet() | PlanAdjusted() | PlanTapered():
            yield from _plan(event)
        case PlanReviewed():
            yield (
                "INSERT INTO reviews (recorded_as, patient_id, plan_reviewed_on, plan_review_due)"
                " VALUES (%s, %s, %s, %s) ON CONFLICT (recorded_as) DO UPDATE SET"
                " (plan_reviewed_on, plan_review_due)"
                " = (EXCLUDED.plan_reviewed_on, EXCLUDED.plan_review_due)",
                (*_twice(event), event.reviewed_on, event.next_review),
            )
        case CareCertified() | CareRecertified():
            yield (
                "INSERT INTO reviews (recorded_as, patient_id, certified_on, recertify_by)"
                " VALUES (%s, %s, %s, %s) ON CONFLICT (recorded_as) DO UPDATE SET"
                " (certified_on, recertify_by) = (EXCLUDED.certified_on, EXCLUDED.recertify_by)",
                (*_twice(event), event.certified_on, event.due_by),
            )
        case CandidateAdmitted():
            # What was due in the treatment before is due no longer.
            yield "DELETE FROM reviews WHERE recorded_as = %s", (event.originator_id,)


def _twice(event: Event) -> tuple[str, str]:
    return event.originator_id, event.originator_id


def _plan(event: PlanSet | PlanAdjusted | PlanTapered) -> Iterator[Change]:
    """Put a plan in force from its day on, whatever was to hold later."""
    plan, key = event.plan, (event.originator_id, event.effective_from)
    yield "DELETE FROM plans WHERE recorded_as = %s AND effective_from >= %s", key
    prompt = event.prompt if isinstance(event, PlanAdjusted) else None
    yield (
        "INSERT INTO plans VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            *key,
            event.originator_id,
            plan.weekly_minutes,
            plan.days_per_week,
            list(plan.goals),
            prompt and prompt.kind,
            prompt and prompt.reference,
            event.to_level if isinstance(event, PlanTapered) else None,
        ),
    )
    for each in plan.services:
        yield (
            "INSERT INTO planned_services VALUES (%s, %s, %s, %s, %s, %s)",
            (*key, each.service, each.minutes, each.times, each.per),
        )
    yield (
        "INSERT INTO reviews (recorded_as, patient_id, plan_review_due) VALUES (%s, %s, %s)"
        " ON CONFLICT (recorded_as) DO UPDATE SET plan_review_due = EXCLUDED.plan_review_due",
        (*_twice(event), plan.next_review),
    )
