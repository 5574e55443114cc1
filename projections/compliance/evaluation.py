"""Judges files anew when something touches them, and when their time has come.

What time alone changes by the time of an event is judged before the event is taken in, each change
at the instant at which it comes, for all whom the event concerns: where it changes the open
sessions, that is everybody at the site. So findings, and when they turned, are the same whether
events arrive one by one or all at once and however often time is told.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from heapq import heappop, heappush
from typing import cast

from domain.aggregate import Event
from domain.compliance.evaluation import (
    Judgement,
    Scope,
    judge_counselor,
    judge_patient,
    judge_session,
    runs_until,
)
from domain.compliance.facts import (
    CounselorFacts,
    FacilityFacts,
    OpenSession,
    PatientFacts,
    ProgramFacts,
    SessionFacts,
)
from domain.compliance.finding import Finding
from domain.program import Program
from domain.times import days, instant
from projections.compliance import policy_facts
from projections.compliance.case_files import EVER, NEVER, CaseFile, CaseFiles, Key, day_key
from projections.compliance.dashboard_rows import DashboardRows
from projections.compliance.findings import OF_A_PERIOD, Verdicts
from projections.compliance.policy_facts import SiteUnknown
from projections.compliance.transitions import ChangeCause
from projections.view import Change, Steps

DAY = timedelta(days=1)

MONTHLY_NUMBERS = ("individual_per_month_min", "family_per_month_min")
"""The numbers that make a whole month run."""


@dataclass(slots=True)
class Evaluator:
    """The files of a batch, the verdicts about them, and what they add up to."""

    files: CaseFiles = field(default_factory=CaseFiles)
    verdicts: Verdicts = field(default_factory=Verdicts)
    sums: DashboardRows = field(default_factory=DashboardRows)
    _waiting: dict[str, list[tuple[datetime, Key]]] = field(default_factory=dict)
    """A heap for each site: when there is more to say of which file."""

    def open_ground(self, files: Iterable[CaseFile]) -> Steps:
        """Read the programs and sites by which files are judged."""
        yield from self.files.open(key for each in files for key in ground_of(each))

    def site(self, facility_id: str) -> FacilityFacts:
        """Return what is known of a site. Raises SiteUnknown."""
        found = self.files.facts("facility", facility_id)
        if found is None:
            raise SiteUnknown
        return cast("FacilityFacts", found)

    def at(self, event: Event) -> datetime:
        """Return when an event counts as recorded: no earlier than what its site recorded before.

        Clocks of several servers differ, and an import may be told another time.
        """
        site = self.files.find("facility", event.facility_id)
        if site is None:
            return event.timestamp
        at = max(site.judged_at or event.timestamp, event.timestamp)
        if site.judged_at != at:
            site.judged_at, site.changed = at, True
        return at

    def open_due(self, events: Sequence[Event]) -> Steps:
        """Read the files that time alone changes by the time of the last of some events."""
        until: dict[str, datetime] = {}
        for each in events:
            site = self.files.find("facility", each.facility_id)
            known = (until.get(each.facility_id), site and site.judged_at, each.timestamp)
            until[each.facility_id] = max(at for at in known if at)
        due = yield from self.files.open_due_at(until)
        for file in due:
            self._await(file)

    def pass_time(self, facility_id: str, at: datetime) -> Steps:
        """Judge what time alone has changed at a site by an instant."""
        waiting, due = self._waiting.get(facility_id, []), []
        while waiting and waiting[0][0] <= at:
            due_at, key = heappop(waiting)
            file = self.files.find(*key)
            if file and file.due_at == due_at:
                due.append(file)
        yield from self.catch_up(due, at)

    def catch_up(self, files: Sequence[CaseFile], at: datetime) -> Steps:
        """Judge what time alone has changed of files by an instant, each time when it did."""
        yield from self.open_ground(files)
        for file in files:
            while file.due_at is not None and file.due_at <= at:
                now = max(file.due_at, file.judged_at or file.due_at)
                yield from self._open_days(file, now)
                site = self.site(file.facts.facility_id)
                since = site.day_of(file.judged_at) if file.judged_at else EVER
                begun = _begun(file, since)
                scope = Scope(now, site.day_of(now) - DAY, since, begun, begun)
                yield from self.verdicts.open([(file, scope)], site)
                self._judge(file, scope, None)

    def _await(self, file: CaseFile) -> None:
        """Remember when there is more to say of a file."""
        if file.due_at is not None and file.facility_id is not None:
            waiting = self._waiting.setdefault(file.facility_id, [])
            heappush(waiting, (file.due_at, (file.kind, file.id)))

    def judge(self, touched: Iterable[tuple[CaseFile, date | None, ChangeCause]]) -> Steps:
        """Judge files of which something is otherwise from a day on, because of one command.

        Where that is no day of theirs (None), what can still be done may be otherwise.
        """
        to_judge: list[tuple[CaseFile, Scope, ChangeCause]] = []
        for file, since, cause in touched:
            site = self.site(file.facts.facility_id)
            now = max(file.judged_at or cause.at, cause.at)
            today = site.day_of(now)
            if since is None:
                to_judge.append((file, Scope.running(now, today - DAY), cause))
            elif since > self._runs_until(file, today):
                # It is to come: nothing of it was judged yet.
                file.wait_for(instant(min(since, NEVER.date()), time(), site.zone))
                self._await(file)
            else:
                scope = Scope.since(min(since, today), now, today - DAY)
                to_judge.append((file, scope, cause))
        by_site: dict[str, list[tuple[CaseFile, Scope]]] = {}
        for file, scope, _ in to_judge:
            yield from self._open_days(file, scope.now)
            by_site.setdefault(file.facts.facility_id, []).append((file, scope))
        for facility_id, scopes in by_site.items():
            yield from self.verdicts.open(scopes, self.site(facility_id))
        for file, scope, cause in to_judge:
            self._judge(file, scope, cause)

    def changes(self) -> Iterator[Change]:
        """Write what has changed."""
        yield from self.files.changes()
        yield from self.verdicts.changes()
        yield from self.sums.changes()

    def _judge(self, file: CaseFile, scope: Scope, cause: ChangeCause | None) -> None:
        site = self.site(file.facts.facility_id)
        found = self._judgement(file, site, scope)
        self.verdicts.replace(file, site, found.findings, scope, cause)
        if isinstance(file.facts, PatientFacts):
            self.sums.replace(file.facts, found, scope, site)
        undecided = [each.first_day for each in found.findings if _stays_open(each)]
        if cause is None:
            # All that is running was looked at: what it waits for is known anew.
            file.due_at = None
        elif file.open_since:
            undecided.append(file.open_since)
        file.open_since = min(undecided, default=None)
        if found.next_at:
            file.wait_for(found.next_at)
        file.watches = tuple(sorted(day_key(*each)[1] for each in found.watched))
        file.judged_at, file.changed = scope.now, True
        self._await(file)

    def _judgement(self, file: CaseFile, site: FacilityFacts, scope: Scope) -> Judgement:
        programs = {
            id: cast("ProgramFacts", each.facts)
            for kind, id in ground_of(file)
            if kind == "program" and (each := self.files.find(kind, id))
        }
        match file.facts:
            case PatientFacts() as facts:
                running = list(self._running_days(file, site.day_of(scope.now)))
                return judge_patient(
                    facts, site, programs, lambda id: self._sessions(id, running), scope
                )
            case CounselorFacts() as facts:
                return judge_counselor(facts, site, programs, scope)
            case SessionFacts() as facts:
                program = programs.get(Program.id_of(facts.facility_id, facts.program_id))
                return judge_session(facts, site, program, scope)
        return Judgement()

    def _open_days(self, file: CaseFile, at: datetime) -> Steps:
        """Read what is offered in the weeks and months that are running for a patient."""
        if isinstance(file.facts, PatientFacts):
            today = self.site(file.facts.facility_id).day_of(at)
            running = list(self._running_days(file, today))
            yield from self.files.open(
                day_key(program, day) for day in running for program in file.programs
            )

    def _running_days(self, file: CaseFile, today: date) -> Iterator[date]:
        """Yield the days, from today on, of what is running for a patient."""
        return days(today, self._runs_until(file, today))

    def _runs_until(self, file: CaseFile, today: date) -> date:
        site = self.site(file.facts.facility_id)
        programs = (self.files.facts("program", each) for each in file.programs)
        return runs_until(
            today,
            site.week_starts_on,
            months=policy_facts.asks_for(MONTHLY_NUMBERS, site, *programs),
        )

    def _sessions(self, program_id: str, on: Iterable[date]) -> list[OpenSession]:
        found = (self.files.facts(*day_key(program_id, day)) for day in on)
        return [each for day in found if day for each in day.sessions.values()]


def ground_of(file: CaseFile) -> set[Key]:
    """Return the keys of the site and the programs by which a file is judged."""
    if file.kind not in {"patient", "session", "counselor"}:
        return set()
    programs: set[Key] = {("program", each) for each in file.programs}
    return programs | {("facility", file.facts.facility_id)}


def _begun(file: CaseFile, since: date) -> date:
    """Return the first day of what time alone can decide from a day on."""
    match file.facts:
        case PatientFacts() as facts if file.judged_at is None:
            return min((each.admitted_on for each in facts.stays), default=since)
        case SessionFacts() as facts:
            return facts.day
    return min(file.open_since or since, since)


def _stays_open(finding: Finding) -> bool:
    """Tell whether a finding, of no week, month or day, waits for its time."""
    return finding.until is not None and finding.rule not in OF_A_PERIOD
