"""One drug test: why it was ordered, how far it is, and what it came to."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from domain.errors import WrongAnswers
from domain.monitoring.specimen import Measured, Validity, validity_of

Because = Literal["drawn", "intake", "for-cause", "return", "court-order"]
"""Why somebody is tested; `drawn` by the random interval."""

Phase = Literal["initial", "stable"]
"""How often a patient is tested: as at the start of treatment, or as in stable recovery.

ASAM tells them apart, and leaves to the clinician when a patient is stable (Appropriate Use of Drug
Testing, 2017,
http://addictionmedicineupdates.org/2017/consensus-document-for-the-appropriate-use-of-drug-testing/).
"""

Specimen = Literal["urine", "oral-fluid", "breath", "hair", "blood"]

ResultKind = Literal["presumptive", "definitive"]

Outcome = Literal["negative", "positive", "expected-positive", "no-result"]
"""`expected-positive` is what the patient is prescribed; `no-result` a specimen that gives none."""

State = Literal["ordered", "notified", "collected", "resulted", "missed", "refused", "called off"]


@dataclass(frozen=True, slots=True)
class HandOver:
    """A specimen changed hands: from whom to whom, by their ids or an office's name."""

    at: datetime
    giver: str
    taker: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a laboratory, or a test on the spot, found.

    `substances` are the panel's names of what was found; `measured` tells whether the specimen
    was sound, and is None where nobody measured that.
    """

    kind: ResultKind
    outcome: Outcome
    reported_at: datetime
    substances: tuple[str, ...] = ()
    measured: Measured | None = None

    def check(self) -> None:
        """Raise WrongAnswers for a result that contradicts itself or its measurements."""
        found = self.outcome in {"positive", "expected-positive"}
        if found != bool(self.substances):
            named = "and names substances" if self.substances else "without any substance"
            because = f"it is {self.outcome} {named}"
            raise WrongAnswers(instrument="result", because=because)
        if self.measured:
            validity_of(self.measured)

    @property
    def validity(self) -> Validity | None:
        """Whether the specimen was sound; None where nobody measured it."""
        return validity_of(self.measured) if self.measured else None


@dataclass(frozen=True, slots=True)
class DrugTest:
    """How far a test is; each step has its time."""

    test_id: str
    day: date
    because: Because
    notified_at: datetime | None = None
    collected_at: datetime | None = None
    specimen: Specimen | None = None
    observed: bool = False
    hand_overs: tuple[HandOver, ...] = ()
    results: tuple[Result, ...] = ()
    ended: Literal["missed", "refused", "called off"] | None = None

    @property
    def state(self) -> State:
        """How far it is."""
        if self.ended:
            return self.ended
        if self.results:
            return "resulted"
        if self.collected_at:
            return "collected"
        return "notified" if self.notified_at else "ordered"

    @property
    def last_step_at(self) -> datetime | None:
        """When the last of its steps was."""
        if self.hand_overs:
            return self.hand_overs[-1].at
        return self.collected_at or self.notified_at
