"""The bench: judges files anew when something touches them, and when their time has come.

Whatever is over by the time of a command is judged before the command is taken in. So a finding is
the same whether events arrive one by one or all at once, and what stood before a correction is
known.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import cast

from domain.compliance.facts import (
    CounselorFacts,
    FacilityFacts,
    PatientFacts,
    ProgramFacts,
    SessionFacts,
)
from domain.compliance.judging import (
    Judgement,
    Scope,
    judge_counselor,
    judge_patient,
    judge_session,
)
from domain.program import Program
from domain.times import week_of
from projections.compliance.files import EVER, NEVER, File, Files, Key
from projections.compliance.sites import SiteUnknown
from projections.compliance.sums import Sums
from projections.compliance.verdicts import Cause, Verdicts, floors
from projections.view import Change, Steps

DAY = timedelta(days=1)

LONGEST_CLOCK = timedelta(days=400)
"""How long after its stay something may still be due, at most: no parameter is longer."""


@dataclass(slots=True)
class Bench:
    """The files of a batch, the verdicts about them, and what they add up to."""

    files: Files = field(default_factory=Files)
    verdicts: Verdicts = field(default_factory=Verdicts)
    sums: Sums = field(default_factory=Sums)

    def open_ground(self, files: Iterable[File]) -> Steps:
        """Read the programs and sites by which files are judged."""
        yield from self.files.open(key for each in files for key in ground_of(each))

    def site(self, facility_id: str) -> FacilityFacts:
        """Return what is known of a site. Raises SiteUnknown."""
        found = self.files.facts("facility", facility_id)
        if found is None:
            raise SiteUnknown
        return cast("FacilityFacts", found)

    def catch_up(self, file: File, at: datetime) -> Steps:
        """Judge what is over by an instant and was not before."""
        if file.due_at is None or file.due_at > at:
            return
        yield from self.open_ground([file])
        site = self.site(file.facts.facility_id)
        since = file.through + DAY if file.through else EVER
        begun = _begun(file, since)
        scope = Scope(self._through(file, at), max(since, begun), begun, begun)
        yield from self.verdicts.open({file.id: scope}, site)
        self._judge(file, scope, None)

    def judge(self, touched: Iterable[tuple[File, date, Cause]]) -> Steps:
        """Judge files of which something is otherwise from a day on, because of one command."""
        to_judge: list[tuple[File, Scope, Cause]] = []
        for file, since, cause in touched:
            site = self.site(file.facts.facility_id)
            scope = Scope.since(since, self._through(file, cause.at))
            if since >= NEVER or week_of(since, site.week_starts_on) > scope.through + DAY:
                # It is to come: nothing of it was judged yet.
                file.wait_for(min(since, NEVER) + DAY, site)
            else:
                to_judge.append((file, scope, cause))
        by_site: dict[str, dict[str, Scope]] = {}
        for file, scope, _ in to_judge:
            by_site.setdefault(file.facts.facility_id, {})[file.id] = scope
        for facility_id, scopes in by_site.items():
            yield from self.verdicts.open(scopes, self.site(facility_id))
        for file, scope, cause in to_judge:
            self._judge(file, scope, cause)

    def changes(self) -> Iterator[Change]:
        """Write what has changed."""
        yield from self.files.changes()
        yield from self.verdicts.changes()
        yield from self.sums.changes()

    def _through(self, file: File, at: datetime) -> date:
        """Return the last day that is over at an instant; it never goes back."""
        over = self.site(file.facts.facility_id).day_of(at) - DAY
        return max(file.through or EVER, over)

    def _judge(self, file: File, scope: Scope, cause: Cause | None) -> None:
        site = self.site(file.facts.facility_id)
        found = self._judgement(file, site, scope)
        since = floors(scope, site)
        self.verdicts.settle(file.id, site.facility_id, found.findings, since, cause)
        if isinstance(file.facts, PatientFacts):
            self.sums.settle(file.facts, found, scope, site)
        if cause is None:
            # All that is running was looked at: what it waits for is known anew.
            file.due_at = None
        if found.next_day:
            file.wait_for(found.next_day, site)
        file.through, file.changed = scope.through, True

    def _judgement(self, file: File, site: FacilityFacts, scope: Scope) -> Judgement:
        programs = {
            id: cast("ProgramFacts", each.facts)
            for kind, id in ground_of(file)
            if kind == "program" and (each := self.files.find(kind, id))
        }
        match file.facts:
            case PatientFacts() as facts:
                return judge_patient(facts, site, programs, scope)
            case CounselorFacts() as facts:
                return judge_counselor(facts, site, programs, scope)
            case SessionFacts() as facts:
                program = programs.get(Program.id_of(facts.facility_id, facts.program_id))
                return judge_session(facts, site, program, scope)
        return Judgement()


def ground_of(file: File) -> set[Key]:
    """Return the keys of the site and the programs by which a file is judged."""
    if file.kind not in {"patient", "session", "counselor"}:
        return set()
    programs: set[Key] = {("program", each) for each in file.programs}
    return programs | {("facility", file.facts.facility_id)}


def _begun(file: File, since: date) -> date:
    """Return the first day of what can be over only since a day."""
    match file.facts:
        case PatientFacts() as facts:
            running = (
                each.admitted_on
                for each in facts.stays
                if each.discharged_on is None or each.discharged_on >= since - LONGEST_CLOCK
            )
            return min(running, default=since)
        case SessionFacts() as facts:
            return facts.day
    return since
