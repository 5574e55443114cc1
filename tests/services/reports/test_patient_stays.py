"""The treatments of a patient as they stand on the page."""

from datetime import date
from typing import NamedTuple

from services.reports.patient_stays import episode_shown, summaries_of


class Episode(NamedTuple):
    recorded_as: str
    episode: int
    patient_id: str
    program_id: str
    admitted_on: date
    payer: str
    focus: str
    override: str | None
    discharged_on: date
    discharge_kind: str
    discharge_reasons: list[str]
    to_level: str | None


class Signed(NamedTuple):
    recorded_as: str
    discharged_on: date
    signed_on: date
    credential: str
    author: str


def stay(number: int, admitted_on: date, discharged_on: date, recorded_as: str = "ann") -> Episode:
    of = (recorded_as, number, "ann", "iop", admitted_on, "medicaid", "substance-use", None)
    return Episode(*of, discharged_on, "completed", [], None)


FIRST = stay(1, date(2025, 1, 6), date(2025, 2, 7))
SECOND = stay(2, date(2025, 3, 3), date(2025, 4, 4))
OTHER = stay(1, date(2025, 1, 6), date(2025, 4, 4), recorded_as="dup")


def test_a_summary_is_of_the_treatment_that_had_begun_last_and_its_first_signature_counts() -> None:
    ana, eva = "Ana Diaz, LCSW [s-diaz]", "Eva Lind [s-lind]"
    signed = [
        Signed("ann", date(2025, 2, 7), date(2025, 2, 10), "LCSW", ana),
        Signed("ann", date(2025, 2, 8), date(2025, 2, 11), "LPC", eva),
        Signed("ann", date(2025, 4, 4), date(2025, 4, 7), "LPC", eva),
    ]
    found = summaries_of([SECOND, FIRST, OTHER], signed)
    assert found == {("ann", 1): signed[0], ("ann", 2): signed[2]}
    summary = episode_shown(FIRST, found["ann", 1])["summary"]
    assert summary == {"signed_on": date(2025, 2, 10), "by": "Ana Diaz", "credential": "LCSW"}
    assert episode_shown(OTHER, None)["summary"] is None
