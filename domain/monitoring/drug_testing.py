"""The drug tests of a patient: drawn at random intervals, ordered for a cause, step by step.

A result never discharges anybody: nothing here, and nothing that follows it, ends a treatment.
New Jersey asks for an intervention, and for more counseling after a second positive
(N.J.A.C. 10:161B-11.8).
"""

from collections.abc import Collection
from dataclasses import field, replace
from datetime import date, datetime
from typing import Any, Self

from domain.aggregate import Aggregate, CommandContext, Event, derived_id
from domain.errors import EndsBeforeStart, NotOnRecord, NotYet, ReasonMissing, StepOutOfTurn
from domain.monitoring import events as on
from domain.monitoring.draw import Gaps, is_drawn
from domain.monitoring.drug_test import Because, DrugTest, HandOver, Phase, Result, Specimen


class DrugTesting(Aggregate):
    """Guards that tests fall where the draw has them, and that their steps follow one another."""

    TOPIC = "drug-testing"

    patient_id: str
    gaps: Gaps | None = None
    """None while no tests are drawn."""
    began_on: date | None = None
    sealed_seed: str | None = None
    drawn: int = 0
    last_drawn: date | None = None
    phases: dict[date, Phase] = field(default_factory=dict)
    """What was decided, by the day from which on it holds, of each treatment."""
    tests: dict[str, DrugTest] = field(default_factory=dict)

    @staticmethod
    def id_of(patient_id: str) -> str:
        """Return the aggregate's id."""
        return f"drug-testing-{patient_id}"

    # Commands: the draw

    @classmethod
    def start(cls, context: CommandContext, *, facility_id: str, patient_id: str) -> Self:
        """Open the record of a patient's drug tests."""
        return cls.open(
            on.DrugTestingOpened,
            context,
            id=cls.id_of(patient_id),
            facility_id=facility_id,
            patient_id=patient_id,
        )

    def set_interval(
        self, context: CommandContext, gaps: Gaps, began_on: date, sealed_seed: str
    ) -> None:
        """Draw tests at random intervals from a day on. The same gaps again keep their seed."""
        gaps.check()
        if self.gaps != gaps:
            self.record(
                on.IntervalSet, context, gaps=gaps, began_on=began_on, sealed_seed=sealed_seed
            )

    def end_interval(self, context: CommandContext, reason: str) -> None:
        """Draw no more tests; what is under way goes on."""
        if self.gaps:
            self.record(on.IntervalEnded, context, reason=reason)

    def draw(
        self, context: CommandContext, seed: bytes, day: date, comes_on: Collection[date]
    ) -> None:
        """Draw a test for a day if that is where the draw falls; asked once each day.

        `comes_on` are the days on which the patient is to come. Nobody can tell the days to come
        from what is on record, without the seed.
        """
        if self.gaps is None or self.began_on is None or self.last == day:
            return
        number, last = self.drawn + 1, self.last
        if is_drawn(seed, number, day, last=last, gaps=self.gaps, comes_on=comes_on):
            end = max(self.gaps.window(last)[1], day)
            self.record(
                on.DrugTestDrawn,
                context,
                test_id=derived_id("drug-test", self.patient_id, "drawn", str(number)),
                number=number,
                day=day,
                last=last,
                comes_on=tuple(sorted(each for each in set(comes_on) if day <= each <= end)),
            )

    def order(self, context: CommandContext, test_id: str, day: date, because: Because) -> None:
        """Order a test for a reason of its own: once that day, also where it has ended."""
        if test_id in self.tests and self.tests[test_id].ended:
            raise StepOutOfTurn(state=self.tests[test_id].state, step="ordered again that day")
        if test_id not in self.tests:
            self.record(on.DrugTestOrdered, context, test_id=test_id, day=day, because=because)

    def set_phase(
        self, context: CommandContext, phase: Phase, from_day: date, admitted_on: date
    ) -> None:
        """Decide whether the patient is stable, in the treatment that began on `admitted_on`.

        A treatment begins with the initial phase; what was decided later holds on its days.
        """
        decided = [day for day in self.phases if day >= admitted_on]
        if from_day < max(decided, default=admitted_on):
            start = "the last phase" if decided else "the admission"
            raise EndsBeforeStart(start=start, end="this phase")
        if self.phase_on(from_day, admitted_on) != phase:
            self.record(on.PhaseSet, context, phase=phase, from_day=from_day)

    def phase_on(self, day: date, admitted_on: date) -> Phase:
        """Return the phase on a day of the treatment that began on `admitted_on`."""
        decided = [each for each in self.phases if admitted_on <= each <= day]
        return self.phases[max(decided)] if decided else "initial"

    @property
    def last(self) -> date:
        """The day from which the gap counts: the last draw, or the day on which it began."""
        began_on = self.began_on or date.min
        return max(self.last_drawn or began_on, began_on)

    # Commands: the steps of a test

    def notify(self, context: CommandContext, test_id: str, at: datetime) -> None:
        """Record that the patient was told."""
        test = self.test(test_id)
        if test.notified_at != at:
            self._check_step(context, test, "notified", ("ordered",), at)
            self.record(on.PatientNotified, context, test_id=test_id, at=at)

    def collect(
        self,
        context: CommandContext,
        test_id: str,
        at: datetime,
        specimen: Specimen,
        *,
        observed: bool,
    ) -> None:
        """Record that a specimen was taken."""
        test = self.test(test_id)
        so = (test.collected_at, test.specimen, test.observed)
        if so != (at, specimen, observed):
            self._check_step(context, test, "collected", ("notified",), at)
            facts: dict[str, Any] = {"at": at, "specimen": specimen, "observed": observed}
            self.record(on.SpecimenCollected, context, test_id=test_id, **facts)

    def hand_over(self, context: CommandContext, test_id: str, hand_over: HandOver) -> None:
        """Record that the specimen changed hands."""
        test = self.test(test_id)
        if hand_over not in test.hand_overs:
            self._check_step(context, test, "handed over", ("collected",), hand_over.at)
            self.record(on.SpecimenHandedOver, context, test_id=test_id, hand_over=hand_over)

    def report_result(self, context: CommandContext, test_id: str, result: Result) -> None:
        """Record what was found; a definitive result may follow a presumptive one."""
        test = self.test(test_id)
        if result in test.results:
            return
        result.check()
        self._check_step(context, test, "resulted", ("collected", "resulted"), result.reported_at)
        if test.results and (test.results[-1].kind, result.kind) != ("presumptive", "definitive"):
            raise StepOutOfTurn(state=f"{test.results[-1].kind}ly resulted", step="resulted again")
        self.record(on.ResultReported, context, test_id=test_id, result=result)

    def correct_result(
        self, context: CommandContext, test_id: str, result: Result, reason: str
    ) -> None:
        """Put the last result right."""
        test = self.test(test_id)
        if test.results and test.results[-1] == result:
            return
        result.check()
        self._check_step(context, test, "corrected", ("resulted",), result.reported_at)
        if not reason:
            raise ReasonMissing
        self.record(on.ResultCorrected, context, test_id=test_id, result=result, reason=reason)

    def miss(self, context: CommandContext, test_id: str, today: date) -> None:
        """Record that the patient did not come for it, once its day is over."""
        test = self.test(test_id)
        if test.state != "missed":
            self._check_state(test, "missed", ("notified",))
            if today <= test.day:
                raise NotYet
            self.record(on.DrugTestMissed, context, test_id=test_id)

    def refuse(self, context: CommandContext, test_id: str, at: datetime) -> None:
        """Record that the patient did not give a specimen."""
        test = self.test(test_id)
        if test.state != "refused":
            self._check_step(context, test, "refused", ("notified",), at)
            self.record(on.DrugTestRefused, context, test_id=test_id, at=at)

    def call_off(self, context: CommandContext, test_id: str, reason: str) -> None:
        """Call a test off: the specimen was lost, the laboratory erred, it was excused."""
        test = self.test(test_id)
        if test.state != "called off":
            self._check_state(test, "called off", ("ordered", "notified", "collected"))
            if not reason:
                raise ReasonMissing
            self.record(on.DrugTestCalledOff, context, test_id=test_id, reason=reason)

    def test(self, test_id: str) -> DrugTest:
        """Return a test. Raises NotOnRecord."""
        if test_id not in self.tests:
            raise NotOnRecord(what="drug test")
        return self.tests[test_id]

    def _check_step(
        self,
        context: CommandContext,
        test: DrugTest,
        step: str,
        after: Collection[str],
        at: datetime,
    ) -> None:
        """Raise StepOutOfTurn, NotYet, or EndsBeforeStart for a step before the one before it."""
        self._check_state(test, step, after)
        if at > context.at:
            raise NotYet
        if test.last_step_at and at < test.last_step_at:
            raise EndsBeforeStart(
                start="its previous step", end=f"the time at which the test was {step}"
            )

    def _check_state(self, test: DrugTest, step: str, after: Collection[str]) -> None:
        if test.state not in after:
            raise StepOutOfTurn(state=test.state, step=step)

    # Apply

    def apply(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case on.IntervalSet():
                self.gaps, self.began_on = event.gaps, event.began_on
                self.sealed_seed = event.sealed_seed
            case on.IntervalEnded():
                self.gaps = None
            case on.PhaseSet():
                self.phases[event.from_day] = event.phase
            case on.DrugTestDrawn():
                self.drawn, self.last_drawn = event.number, event.day
                self.tests[event.test_id] = DrugTest(event.test_id, event.day, "drawn")
            case on.DrugTestOrdered():
                self.tests[event.test_id] = DrugTest(event.test_id, event.day, event.because)
            case _:
                self._apply_step(event)

    def _apply_step(self, event: Event) -> None:
        match event:
            case on.PatientNotified():
                self._go_on(event.test_id, notified_at=event.at)
            case on.SpecimenCollected():
                facts = {"specimen": event.specimen, "observed": event.observed}
                self._go_on(event.test_id, collected_at=event.at, **facts)
            case on.SpecimenHandedOver():
                known = self.tests[event.test_id].hand_overs
                self._go_on(event.test_id, hand_overs=(*known, event.hand_over))
            case on.ResultReported():
                known_results = self.tests[event.test_id].results
                self._go_on(event.test_id, results=(*known_results, event.result))
            case on.ResultCorrected():
                known_results = self.tests[event.test_id].results[:-1]
                self._go_on(event.test_id, results=(*known_results, event.result))
            case on.DrugTestMissed():
                self._go_on(event.test_id, ended="missed")
            case on.DrugTestRefused():
                self._go_on(event.test_id, ended="refused")
            case on.DrugTestCalledOff():
                self._go_on(event.test_id, ended="called off")

    def _go_on(self, test_id: str, **facts: Any) -> None:
        self.tests[test_id] = replace(self.tests[test_id], **facts)
