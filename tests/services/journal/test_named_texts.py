"""Texts of a patient's record that say who they are are found by the events that have them."""

from services.application.plans import waive_rule
from services.journal.named_texts import events_with
from services.vault import Vault
from tests.support.backend import Backend
from tests.support.small_clinic import ANN, BEN, FACILITY, FRIDAY, MONDAY, SmallClinic

PATTERN = r"(^|\W)(lee|OS-7)(\W|$)"


def test_events_with_a_name_in_a_text_are_named(backend: Backend) -> None:
    clinic = SmallClinic(backend.journal, vault=Vault(backend.database_url, b"k" * 32))
    for patient_id in (ANN, BEN):
        for first_day, reason in ((MONDAY, "Lee works"), (FRIDAY, "sleeps badly")):
            clinic.daybook.handle(
                clinic.context(),
                waive_rule,
                patient_id,
                "days-a-week",
                first_day=first_day,
                last_day=first_day,
                reason=reason,
            )
    [found] = events_with(backend.journal, FACILITY, [ANN], PATTERN)
    assert found.startswith(f"{ANN}:")
    [event] = backend.journal.named([found])
    assert event.reason == "Lee works"  # type: ignore[attr-defined]
