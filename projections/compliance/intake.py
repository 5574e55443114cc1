"""Takes events in, command by command, and has those judged whom they touch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from domain.aggregate import Event
from domain.compliance.evaluation import PARTS, Part
from domain.compliance.facts import PatientFacts, SessionFacts
from domain.facility import FacilityOpened, FacilityRevised
from domain.monitoring.events import DrugTestingOpened
from domain.patient import PatientMerged
from domain.payer_policy import PayerPolicyAdopted, PayerPolicyDropped
from domain.program import ClosureDeclared, ClosureLifted, ProgramOpened
from domain.session import (
    AttendanceRecorded,
    PatientRostered,
    SessionClosed,
    SessionScheduled,
)
from projections.compliance import (
    patient_facts,
    patient_merge,
    policy_facts,
    session_facts,
    session_payers,
)
from projections.compliance.affected_files import (
    affected_keys,
    concerned,
    days_of,
    merged_of,
    rosters_of,
    testing_of,
)
from projections.compliance.assignment import Assignment
from projections.compliance.case_file import EVER, CaseFile, Key, Kind, payer_key
from projections.compliance.case_files import Asking
from projections.compliance.evaluation import Evaluator
from projections.compliance.lookback import waiting_since
from projections.compliance.open_sessions import update_open_sessions
from projections.compliance.scopes import Touched
from projections.compliance.taken_events import BESIDE_PATIENTS, OF_PROGRAMS, TAKEN
from projections.compliance.transitions import ChangeCause
from projections.view import Change, Steps

FIRST_RECORDS = (SessionScheduled, PatientRostered, SessionClosed, AttendanceRecorded)
"""What is recorded first of a session: no correction, where it comes a day after it."""

AT_ONCE = 500
"""How many are judged with one question when their time has come."""

LEANING: tuple[Kind, ...] = ("patient", "session", "counselor", "census")
"""What depends on programs and sites."""


@dataclass(slots=True)
class EventIntake:
    """What a batch of events, or the passing of time, has to do with."""

    evaluator: Evaluator = field(default_factory=Evaluator)
    _touched: dict[Key, Touched] = field(default_factory=dict)

    def take(self, events: Sequence[Event]) -> Steps:
        """Take events in, in their order, and judge whom each command touches."""
        events = [each for each in events if type(each) in TAKEN]
        yield from self.evaluator.files.open(("facility", each.facility_id) for each in events)
        yield from self._open(events)
        yield from self.evaluator.open_due(events)
        for _, told in groupby(events, key=lambda each: each.command_id):
            command = list(told)
            for event in command:
                self.evaluator.at(event)
                yield from self._take(event)
            yield from self._judge(command)
        self.evaluator.taken += len(events)
        if events:
            self.evaluator.files.forget_commands(events[-1].command_id)

    def pass_time(self, now: datetime) -> Asking[bool]:
        """Judge some of those of whom there is more to say by now; tell whether there were any."""
        return (yield from self.evaluator.pass_time_everywhere(now, AT_ONCE))

    def pass_time_at(self, facility_id: str, now: datetime) -> Steps:
        """Judge all those at a site of whom there is more to say by now."""
        yield from self.evaluator.open_due_at({facility_id: now})
        yield from self.evaluator.pass_time(facility_id, now)

    def begin(self) -> None:
        """Begin a batch on what is in memory of earlier ones."""
        self.evaluator.begin()

    def changes(self) -> Iterator[Change]:
        """Write what has changed."""
        return self.evaluator.changes()

    def _open(self, events: Sequence[Event]) -> Steps:
        """Read at once what the events will need."""
        files = self.evaluator.files
        keys = {key for each in events for key in affected_keys(each)}
        yield from files.open(keys)
        keys |= {*rosters_of(files, events), *testing_of(files, events)}
        yield from files.open(keys)
        # A record may have been merged into one that was merged itself.
        while merged := merged_of(files, keys) - keys:
            keys |= merged
            yield from files.open(merged)
        opened = [file for key in keys if (file := files.find(*key))]
        yield from self.evaluator.open_ground(opened)
        yield from files.open_watching(days_of(files, events))

    # Taking in

    def _take(self, event: Event) -> Steps:
        match event:
            case PatientMerged():
                yield from self._merge(event)
            case _ if isinstance(event, BESIDE_PATIENTS):
                yield from self._take_patient(event.patient_id, event)
            case _ if event.TOPIC.startswith("session."):
                yield from self._take_session(event)
            case _ if event.TOPIC.startswith("patient."):
                yield from self._take_patient(event.originator_id, event)
            case _ if event.TOPIC.startswith("drug-testing."):
                yield from self._take_testing(event)
            case _:
                yield from self._take_ground(event)

    def _take_session(self, event: Event) -> Steps:
        session_id = event.originator_id
        before: SessionFacts | None = self.evaluator.files.facts("session", session_id)
        homes = [self._home(each, event) for each in concerned(event, before)]
        yield from self._catch_up(event, ("session", session_id))
        yield from self.evaluator.catch_up(homes, self.evaluator.at(event))
        day = before.day if before else None
        facts = session_facts.take(before, event)
        if facts is None:
            return
        helped = yield from update_open_sessions(self.evaluator, facts, day, event)
        file = self.evaluator.files.keep("session", session_id, facts)
        yield from self.evaluator.open_ground([file, *homes])
        self._touch(file, min(day or facts.day, facts.day), event)
        for home in homes:
            self._place(facts, home, event)
        for other in helped:
            self._touched_file(other).helped = True

    def _place(self, session: SessionFacts, home: CaseFile, event: Event) -> None:
        """Bring a patient's visit to a session up to what is known of the session."""
        facts: PatientFacts = home.facts
        site = self.evaluator.site(event.facility_id)
        session_payers.pay(site, session, facts)
        known = facts.visits.pop(session.session_id, None)
        visit = session_facts.visit_of(session, (facts.patient_id, *facts.records))
        if visit:
            facts.visits[session.session_id] = visit
        if visit == known:
            return
        if home.judge:
            home.judge.visit_changed(known, visit)
        home.visits_changed.add(session.session_id)
        self.evaluator.files.change(home)
        both = [each for each in (known, visit) if each]
        made_up = (facts.visits.get(each.makes_up) for each in both if each.makes_up)
        days = [each.day for each in made_up if each]
        first = min(each.day for each in both)
        waits = waiting_since(facts, both, self.evaluator.asked(home), site)
        since = {**dict.fromkeys(PARTS, first), **waits}
        since["visits"] = min([since["visits"], *days])
        self._touch_parts(home, since, event)

    def _take_patient(self, patient_id: str, event: Event) -> Steps:
        home = self._home(patient_id, event)
        yield from self.evaluator.catch_up([home], self.evaluator.at(event))
        assignment = Assignment.before(self.evaluator, home.facts, self._touch)
        payers = list(home.facts.payers)
        site = self.evaluator.site(event.facility_id)
        since = patient_facts.take(home.facts, event, site)
        self._changed(home)
        yield from self.evaluator.open_ground([home])
        if since is not None:
            self._touch(home, since, event)
            if home.facts.payers != payers and session_payers.ask(site):
                yield from session_payers.pay_all(self.evaluator, home, since, event, self._touch)
        yield from assignment.keep(event)

    def _take_testing(self, event: Event) -> Steps:
        if isinstance(event, DrugTestingOpened):
            self.evaluator.files.keep("testing", event.originator_id, event.patient_id)
        patient_id = self.evaluator.files.facts("testing", event.originator_id)
        if patient_id is not None:
            yield from self._take_patient(patient_id, event)

    def _merge(self, event: PatientMerged) -> Steps:
        duplicate = self._home(event.originator_id, event)
        into = self._home(event.into, event)
        yield from self.evaluator.catch_up([duplicate, into], self.evaluator.at(event))
        both = [
            Assignment.before(self.evaluator, each.facts, self._touch) for each in (duplicate, into)
        ]
        since = patient_merge.merge(duplicate.facts, into.facts, event.event_id)
        into.visits_changed |= duplicate.facts.visits.keys()
        for each, assignment in zip((duplicate, into), both, strict=True):
            self._changed(each)
            self._touch(each, since, event)
            yield from assignment.keep(event)
        yield from self.evaluator.open_ground([into])
        theirs = sorted(into.facts.visits)
        yield from self.evaluator.files.open(("session", each) for each in theirs)
        for session_id in theirs:
            if session := self.evaluator.files.facts("session", session_id):
                self._place(session, into, event)
        if session_payers.ask(self.evaluator.site(event.facility_id)):
            yield from session_payers.pay_all(self.evaluator, into, since, event, self._touch)

    def _take_ground(self, event: Event) -> Steps:
        """Take in what a program or a site says, and let it touch all that depends on it."""
        files, since = self.evaluator.files, policy_facts.touched_from(event)
        on, of_sessions = event.originator_id, False
        if isinstance(event, (PayerPolicyAdopted, PayerPolicyDropped)):
            on = payer_key(event.facility_id, event.payer)
            site = self.evaluator.site(event.facility_id)
            of_sessions = session_payers.concerns_sessions(event, site)
        elif event.TOPIC.startswith("facility."):
            on = event.facility_id
        leaning: list[CaseFile] = []
        if self._matters(event):
            for kind in LEANING:
                leaning += yield from files.open_leaning(kind, on, since)
        paid = [each for each in leaning if each.kind == "patient" and of_sessions]
        yield from self.evaluator.open_ground(leaning)
        yield from self.evaluator.catch_up(leaning, self.evaluator.at(event))
        for each in paid:
            yield from session_payers.sessions_of(self.evaluator, each, since, event)
        if isinstance(event, OF_PROGRAMS):
            known = files.facts("program", on)
            files.keep("program", on, policy_facts.take_program(known, event))
        else:
            known = files.facts("facility", event.facility_id)
            files.keep("facility", event.facility_id, policy_facts.take_facility(known, event))
        self.evaluator.forget_ground()
        for each in leaning:
            self._touch(each, each.day or since, event)
        for each in paid:
            yield from session_payers.pay_all(self.evaluator, each, since, event, self._touch)

    def _matters(self, event: Event) -> bool:
        """Tell whether an event of a program or a site can change anything that was judged.

        A closure does only where something is due by business days, a site's revision only where
        its weeks begin on another day.
        """
        match event:
            case FacilityOpened() | ProgramOpened():
                return False
            case FacilityRevised():
                return self.evaluator.site(event.facility_id).week_starts_on != event.week_starts_on
            case ClosureDeclared() | ClosureLifted():
                program = self.evaluator.files.facts("program", event.originator_id)
                site = self.evaluator.site(event.facility_id)
                return policy_facts.asks_for(policy_facts.IN_BUSINESS_DAYS, site, program)
        return True

    def _home(self, patient_id: str, event: Event) -> CaseFile:
        """Return a patient's file: of a record that was merged, that of the one that goes on."""
        files = self.evaluator.files
        found = files.find("patient", patient_id)
        if found is None:
            return files.keep("patient", patient_id, PatientFacts(patient_id, event.facility_id))
        into = found.facts.merged_into
        return self._home(into, event) if into else found

    def _changed(self, home: CaseFile) -> None:
        """Remember that more of a patient than visits is otherwise."""
        home.facts_changed = True
        home.forget_judge()
        self.evaluator.files.change(home)

    def _catch_up(self, event: Event, *keys: Key) -> Steps:
        files = [file for key in keys if (file := self.evaluator.files.find(*key))]
        yield from self.evaluator.catch_up(files, self.evaluator.at(event))

    # Judging

    def _touched_file(self, file: CaseFile) -> Touched:
        return self._touched.setdefault((file.kind, file.id), Touched())

    def _touch(self, file: CaseFile, since: date, event: Event) -> None:
        """Have all that is judged of a file looked at from a day on."""
        parts: tuple[Part, ...] = PARTS if file.kind == "patient" else ("days",)
        self._touch_parts(file, dict.fromkeys(parts, since), event)

    def _touch_parts(self, file: CaseFile, since: Mapping[Part, date], event: Event) -> None:
        touched = self._touched_file(file)
        for part, day in since.items():
            touched.since[part] = max(min(touched.since.get(part, day), day), EVER)
        if event not in touched.events[-1:]:
            touched.events.append(event)

    def _judge(self, command: Sequence[Event]) -> Steps:
        touched, self._touched = self._touched, {}
        at = max(self.evaluator.at(each) for each in command)
        yield from self.evaluator.judge(
            (file, each, self._cause(file, command[0].command_id, each.events, at))
            for key, each in touched.items()
            if (file := self.evaluator.files.find(*key))
        )

    def _cause(
        self, file: CaseFile, command_id: str, events: Sequence[Event], at: datetime
    ) -> ChangeCause:
        """Return the command with all of its events that touched the file, in whatever batch."""
        before = file.told
        if file.command_id != command_id:
            file.command_id, file.late, file.before, before = command_id, False, {}, ()
        file.told = (*before, *(each.event_id for each in events))
        file.late |= not all(isinstance(each, FIRST_RECORDS) for each in events)
        return ChangeCause(
            command_id=command_id,
            at=at,
            day=self.evaluator.site(file.facts.facility_id).day_of(at),
            events=file.told,
            late=file.late,
            goes_on=bool(before),
        )
