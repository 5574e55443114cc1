"""Whose patients people are, and in which programs: kept with each counselor and each program."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Self

from domain.aggregate import Event
from domain.compliance.evaluation import clients_of, enrolled_of
from domain.compliance.facts import CensusFacts, Client, CounselorFacts, PatientFacts
from projections.compliance.case_file import CaseFile, Key, census_key, counselor_key
from projections.compliance.evaluation import Evaluator
from projections.view import Steps

Touch = Callable[[CaseFile, date, Event], None]
"""Has all that is judged of a file looked at from a day on."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What counselors and programs have to know of a patient, whatever an event makes of it.

    `programs` are those in which the patient was before the event.
    """

    evaluator: Evaluator
    facts: PatientFacts
    touch: Touch
    programs: frozenset[str]

    @classmethod
    def before(cls, evaluator: Evaluator, facts: PatientFacts, touch: Touch) -> Self:
        """Return it as it is before an event."""
        return cls(evaluator, facts, touch, frozenset(each.program_id for each in facts.stays))

    def keep(self, event: Event) -> Steps:
        """Bring what they know up to what the event made of it."""
        site_id = self.facts.facility_id
        whose, where = clients_of(self.facts), enrolled_of(self.facts)
        for staff_id in sorted({each.who for each in self.facts.counselors}):
            of_nobody = CounselorFacts(site_id, staff_id)
            key = counselor_key(site_id, staff_id)
            yield from self._keep(key, of_nobody, whose.get(staff_id, []), event)
        for program_id in sorted({*self.programs, *where}):
            empty = CensusFacts(site_id, program_id)
            key = census_key(site_id, program_id)
            yield from self._keep(key, empty, where.get(program_id, []), event)

    def _keep(
        self,
        key: Key,
        otherwise: CounselorFacts | CensusFacts,
        now: list[Client],
        event: Event,
    ) -> Steps:
        """Keep when the patient is theirs; what is known of nobody yet begins as `otherwise`."""
        yield from self.evaluator.files.open([key])
        facts: CounselorFacts | CensusFacts = self.evaluator.files.facts(*key) or otherwise
        before = facts.clients.get(self.facts.patient_id, [])
        if before == now:
            return
        if known := self.evaluator.files.find(*key):
            yield from self.evaluator.catch_up([known], self.evaluator.at(event))
        facts.clients[self.facts.patient_id] = now
        file = self.evaluator.files.keep(*key, facts)
        yield from self.evaluator.open_ground([file])
        self.touch(file, min(each.first_day for each in (*before, *now)), event)
