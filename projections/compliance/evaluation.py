"""Judges files anew when something touches them, and when their time has come.

What time alone changes by the time of an event is judged before the event is taken in, each change
at the instant at which it comes, for all whom the event concerns: where it changes the open
sessions, that is everybody at the site. So findings, and when they turned, are the same whether
events arrive one by one or all at once and however often time is told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from heapq import heapify, heappop, heappush
from typing import cast

from domain.aggregate import Event
from domain.compliance.evaluation import (
    Judgement,
    Part,
    PatientJudge,
    Scope,
    judge_census,
    judge_counselor,
    judge_session,
    runs_until,
)
from domain.compliance.facts import (
    CensusFacts,
    CounselorFacts,
    FacilityFacts,
    OpenSession,
    PatientFacts,
    ProgramFacts,
    SessionFacts,
)
from domain.times import days, instant
from projections.compliance import policy_facts
from projections.compliance.case_file import EVER, NEVER, CaseFile, Key, Wait, day_key
from projections.compliance.case_files import Asking, CaseFiles
from projections.compliance.dashboard_rows import DashboardRows
from projections.compliance.findings import Verdicts
from projections.compliance.lookback import WAITING
from projections.compliance.policy_facts import SiteUnknown
from projections.compliance.scopes import Touched, begun, ground_of, scope_of
from projections.compliance.transitions import ChangeCause
from projections.view import Change, Steps

DAY = timedelta(days=1)

EVENTS = 20_000
"""After so many events what is not needed any longer is dropped from memory."""

MONTHLY_NUMBERS = ("individual_per_month_min", "family_per_month_min")
"""The numbers that make a whole month run."""


@dataclass(slots=True)
class Evaluator:
    """The files of a batch, the verdicts about them, and what they add up to."""

    files: CaseFiles = field(default_factory=CaseFiles)
    verdicts: Verdicts = field(default_factory=Verdicts)
    sums: DashboardRows = field(default_factory=DashboardRows)
    taken: int = 0
    """Events that were taken in since something was dropped from memory."""
    has_forgotten: bool = False
    _forgot_at: int = 0
    _asked: dict[tuple[str, frozenset[str]], frozenset[str]] = field(default_factory=dict)
    """By site and programs: the numbers that policies have, of those that are asked for here."""
    _offered: dict[tuple[str, date, date], list[OpenSession]] = field(default_factory=dict)
    """By program, the open sessions from a day to another, as long as none changes."""
    _opened_days: set[tuple[frozenset[str], date, date]] = field(default_factory=set)
    _waiting: dict[str, list[tuple[datetime, Key]]] = field(default_factory=dict)
    """A heap for each site: when there is more to say of which file."""

    def begin(self) -> None:
        """Begin a batch on what is in memory of earlier ones."""
        self.files.batch += 1
        self.verdicts.begin()
        self.sums = DashboardRows()
        self._opened_days.clear()
        self._offered.clear()
        if self.taken >= EVENTS:
            self._forget()

    def _forget(self) -> None:
        """Drop from memory what is not needed any longer."""
        self.files.forget_some(self._forgot_at)
        self.verdicts.forget_old()
        self.taken, self._forgot_at, self.has_forgotten = 0, self.files.batch, True
        for site, waiting in self._waiting.items():
            known = ((at, self.files.known.get(key), key) for at, key in set(waiting))
            valid = [(at, key) for at, file, key in known if file and file.due_at == at]
            heapify(valid)
            self._waiting[site] = valid

    def open_ground(self, files: Iterable[CaseFile]) -> Steps:
        """Read the programs and sites by which files are judged."""
        yield from self.files.open(key for each in files for key in ground_of(each))

    def forget_ground(self) -> None:
        """Have everybody judged by what is known now of programs and sites."""
        self._asked.clear()
        self.files.forget_judges()

    def forget_offered(self) -> None:
        """Have the open sessions looked at anew."""
        self._offered.clear()

    def asked(self, file: CaseFile) -> frozenset[str]:
        """Return the numbers, of those that decide what is looked at, that a file is judged by."""
        key = (file.facts.facility_id, file.programs)
        found = self._asked.get(key)
        if found is None:
            site = self.site(file.facts.facility_id)
            programs = [self.files.facts("program", each) for each in file.programs]
            keys = (*MONTHLY_NUMBERS, *WAITING)
            found = frozenset(k for k in keys if policy_facts.asks_for((k,), site, *programs))
            self._asked[key] = found
        return found

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
            site.judged_at = at
            self.files.change(site)
        return at

    def open_due(self, events: Sequence[Event]) -> Steps:
        """Read the files that time alone changes by the time of the last of some events."""
        until: dict[str, datetime] = {}
        for each in events:
            site = self.files.find("facility", each.facility_id)
            known = (until.get(each.facility_id), site and site.judged_at, each.timestamp)
            until[each.facility_id] = max(at for at in known if at)
        yield from self.open_due_at(until)

    def open_due_at(self, instants: Mapping[str, datetime]) -> Steps:
        """Read the files of sites that time alone changes by an instant at each."""
        for file in (yield from self.files.open_due_at(instants)):
            self._await(file)

    def pass_time(self, facility_id: str, at: datetime) -> Steps:
        """Judge what time alone has changed at a site by an instant."""
        waiting, due = self._waiting.get(facility_id, []), []
        while waiting and waiting[0][0] <= at:
            due_at, key = heappop(waiting)
            file = self.files.known.get(key)
            if file and file.due_at == due_at:
                due.append(file)
        yield from self.catch_up(due, at)

    def pass_time_everywhere(self, now: datetime, at_most: int) -> Asking[bool]:
        """Judge what time alone has changed of some, whoever they are; tell whether there were any.

        Those are all that are in memory, and so many of the others.
        """
        for file in (yield from self.files.open_due(now, at_most)):
            self._await(file)
        due = [site for site, heap in self._waiting.items() if heap and heap[0][0] <= now]
        for site in due:
            yield from self.pass_time(site, now)
        return bool(due)

    def catch_up(self, files: Iterable[CaseFile], at: datetime) -> Steps:
        """Judge what time alone has changed of files by an instant, each time when it did."""
        for file in files:
            due_at = file.due_at
            if due_at is not None and due_at <= at:
                yield from self.open_ground([file])
            while due_at is not None and due_at <= at:
                now = max(due_at, file.judged_at or due_at)
                scope = self._due(file, now)
                yield from self._open_days(file, now)
                yield from self.verdicts.open([(file, scope)], self.site(file.facts.facility_id))
                self._judge(file, scope, None)
                due_at = file.due_at

    def _due(self, file: CaseFile, now: datetime) -> Scope:
        """Return what time alone decides by an instant: the parts of a file that are due."""
        site = self.site(file.facts.facility_id)
        since = site.day_of(file.judged_at) if file.judged_at else EVER
        from_day = {
            part: since if part in {"weeks", "days"} else begun(file, wait, since)
            for part, wait in file.waits.items()
            if wait.due_at and wait.due_at <= now
        }
        return scope_of(file, now, site, from_day)

    def _await(self, file: CaseFile) -> None:
        """Remember when there is more to say of a file."""
        due_at = file.due_at
        if due_at is not None and file.facility_id is not None:
            waiting = self._waiting.setdefault(file.facility_id, [])
            heappush(waiting, (due_at, (file.kind, file.id)))

    def judge(self, touched: Iterable[tuple[CaseFile, Touched, ChangeCause]]) -> Steps:
        """Judge files of which something is otherwise, because of one command."""
        to_judge: list[tuple[CaseFile, Scope, ChangeCause]] = []
        by_site: dict[str, list[tuple[CaseFile, Scope]]] = {}
        for file, changed, cause in touched:
            site = self.site(file.facts.facility_id)
            now = max(file.judged_at or cause.at, cause.at)
            scope = self._scope_of(file, changed, now)
            if scope.parts:
                to_judge.append((file, scope, cause))
                by_site.setdefault(site.facility_id, []).append((file, scope))
        for file, scope, _ in to_judge:
            yield from self._open_days(file, scope.now)
        for facility_id, scopes in by_site.items():
            yield from self.verdicts.open(scopes, self.site(facility_id))
        for file, scope, cause in to_judge:
            self._judge(file, scope, cause)

    def _scope_of(self, file: CaseFile, changed: Touched, now: datetime) -> Scope:
        """Return what of a file was judged and is otherwise; let the rest wait for its time."""
        site = self.site(file.facts.facility_id)
        today = site.day_of(now)
        runs_until = self._runs_until(file, today)
        from_day: dict[Part, date] = {}
        for part, since in changed.since.items():
            if since > runs_until:
                # It is to come: nothing of it was judged yet.
                file.wait_for(part, instant(min(since, NEVER.date()), time(), site.zone))
            else:
                from_day[part] = min(since, today)
        self.files.change(file)
        self._await(file)
        if changed.helped:
            from_day["weeks"] = min(from_day.get("weeks", today), today)
            from_day["days"] = min(from_day.get("days", today), today)
        return scope_of(file, now, site, from_day)

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
            left = None if file.judged_at and cause is None else found.authorizations
            self.sums.replace(file.facts, found, left, scope, site)
        parts: tuple[Part, ...] = scope.parts if file.kind == "patient" else ("days",)
        for part in parts:
            wait = file.waits.get(part) or file.waits.setdefault(part, Wait())
            if cause is None:
                # All that is running was looked at: what it waits for is known anew.
                wait.due_at = wait.open_since = None
            undecided, next_at = found.undecided.get(part), found.next_of.get(part)
            if undecided and (wait.open_since is None or undecided < wait.open_since):
                wait.open_since = undecided
            if next_at and next_at < NEVER and (wait.due_at is None or next_at < wait.due_at):
                wait.due_at = next_at
            watched = found.watched.get(part, ())
            if watched or wait.watches:
                self.files.watch(file, part, (day_key(*each)[1] for each in watched))
        file.judged_at = scope.now
        self.files.change(file)
        self._await(file)

    def _judgement(self, file: CaseFile, site: FacilityFacts, scope: Scope) -> Judgement:
        match file.facts:
            case PatientFacts() as facts:
                if file.judge is None:
                    file.judge = PatientJudge(facts, site, self._programs(file))
                today = site.day_of(scope.now)
                until = self._runs_until(file, today)
                return file.judge.judge(lambda id: self._sessions(id, today, until), scope)
            case CounselorFacts() as facts:
                return judge_counselor(facts, site, self._programs(file), scope)
            case SessionFacts() as facts:
                return judge_session(facts, site, self._program(file), scope)
            case CensusFacts() as facts:
                return judge_census(facts, site, self._program(file), scope)
        return Judgement()

    def _programs(self, file: CaseFile) -> dict[str, ProgramFacts]:
        known = ((id, self.files.facts("program", id)) for id in file.programs)
        return {id: facts for id, facts in known if facts}

    def _program(self, file: CaseFile) -> ProgramFacts | None:
        """Return the one program by which a file is judged; None where nothing is known of it."""
        return next(iter(self._programs(file).values()), None)

    def _open_days(self, file: CaseFile, at: datetime) -> Steps:
        """Read what is offered in the weeks and months that are running for a patient."""
        if isinstance(file.facts, PatientFacts):
            today = self.site(file.facts.facility_id).day_of(at)
            running = (file.programs, today, self._runs_until(file, today))
            if running not in self._opened_days:
                self._opened_days.add(running)
                yield from self.files.open(
                    day_key(program, day) for day in days(*running[1:]) for program in file.programs
                )

    def _runs_until(self, file: CaseFile, today: date) -> date:
        site = self.site(file.facts.facility_id)
        months = not self.asked(file).isdisjoint(MONTHLY_NUMBERS)
        return runs_until(today, site.week_starts_on, months=months)

    def _sessions(self, program_id: str, first: date, last: date) -> list[OpenSession]:
        """Return what a program offers on some days."""
        found = self._offered.get((program_id, first, last))
        if found is None:
            known = (self.files.facts(*day_key(program_id, day)) for day in days(first, last))
            found = [each for day in known if day for each in day.sessions.values()]
            self._offered[program_id, first, last] = found
        return found
