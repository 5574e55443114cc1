"""What `reviews_due` says of treatments that have ended, or have not begun."""

from datetime import timedelta

from domain.patient import Discharge, Patient, Plan, Referral
from tests.support.domain_examples import CAUSE, MONDAY
from tests.support.read_models import ReadModels, facility, patient

DAY = timedelta(days=1)
DUE = "SELECT what, due FROM care.reviews_due ORDER BY what"


def test_nothing_is_due_of_a_treatment_that_has_ended_until_it_has_not(
    read_models: ReadModels,
) -> None:
    ann = patient("ann")
    review = MONDAY + 9 * DAY
    read_models.take(facility())
    read_models.after(ann, lambda p: p.set_plan(CAUSE, Plan(540, 3, next_review=review), MONDAY))
    assert read_models.rows(DUE) == [("plan review", review)]
    read_models.after(ann, lambda p: p.end(CAUSE, Discharge(MONDAY + 3 * DAY, "dropped-out")))
    assert read_models.rows(DUE) == []
    read_models.after(ann, lambda p: p.end(CAUSE, None))
    assert read_models.rows(DUE) == [("plan review", review)]


def test_who_was_only_referred_has_no_review_due(read_models: ReadModels) -> None:
    referral = Referral("adult-iop", MONDAY, "self", "community")
    ann = Patient.refer(CAUSE, id="ann", facility_id="oak-street", referral=referral)
    read_models.take(facility(), ann)
    assert read_models.rows(DUE) == []
