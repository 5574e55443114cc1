"""The findings as they stand, and what they were before a record was changed after the fact.

A verdict stands once its last day is over. What changes it afterwards, by whichever command, is
noted as a revision with the verdict that stood before; several events of one command count as one
change, however they were taken in. Where a batch ends within a command, what it has changed by then
is compared anew, with what stood before the command, once the rest is there: the case file keeps
those verdicts.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, LiteralString

from domain.compliance.evaluation import Scope
from domain.compliance.facts import FacilityFacts
from domain.compliance.finding import Finding
from domain.times import week_of
from projections.compliance.bulk_write import Row, written
from projections.compliance.case_file import CaseFile
from projections.compliance.case_files import Asking
from projections.compliance.rule_groups import GROUPS, Group
from projections.compliance.transitions import ChangeCause, Turns, Verdict
from projections.view import Change, Question

KEPT = timedelta(days=35)
SUBJECTS = 15_000
"""Of how many subjects, and how many days, verdicts stay in memory; a week of one takes 5 KiB."""

_FINDING: Any = Finding


@dataclass(frozen=True, slots=True)
class Revision:
    """A verdict that stood before a command which changed it after the fact."""

    subject: str
    was: Verdict
    cause: ChangeCause

    def row(self, finding_id: str) -> Row:
        """Return what is kept of it."""
        columns = ("state", "measured", "required", "version")
        return {
            "finding_id": finding_id,
            "command_id": self.cause.command_id,
            "subject": self.subject,
            "at": self.cause.at,
            **{f"was_{column}": said for column, said in zip(columns, self.was.says, strict=True)},
            "events": self.cause.events,
        }


@dataclass(slots=True)
class _Subject:
    """The verdicts about one subject of what began on a day or later.

    They are by what they are about, and by the day on which that began.
    """

    since: date
    groups: dict[Group, dict[date, dict[str, Verdict]]] = field(
        default_factory=lambda: {"week": {}, "month": {}, "day": {}, "visit": {}, "stay": {}}
    )

    def beside(self, finding: Finding) -> dict[str, Verdict]:
        """Return the verdicts of the same group that began on the same day, by finding."""
        group = self.groups[GROUPS.get(finding.rule, "visit")]
        return group.setdefault(finding.first_day, {})


@dataclass(slots=True)
class Verdicts:
    """The verdicts that a batch has to do with, and what it changes of them."""

    turns: Turns = field(default_factory=Turns)
    _subjects: dict[str, _Subject] = field(default_factory=dict)
    _written: dict[str, tuple[str, Verdict]] = field(default_factory=dict)
    """By finding whose file it is about, and the verdict."""
    _gone: set[str] = field(default_factory=set)
    _revisions: dict[tuple[str, str], Revision | None] = field(default_factory=dict)
    """By finding and command; None where the command's first events seemed to change it."""
    _going_on: dict[tuple[str, str], Row] = field(default_factory=dict)

    def begin(self) -> None:
        """Begin a batch, on what was written by earlier ones."""
        self.turns = Turns()
        self._written, self._gone, self._revisions, self._going_on = {}, set(), {}, {}

    def forget_old(self) -> None:
        """Drop from memory what began long before the latest that is known of each subject."""
        for subject in self._subjects.values():
            latest = max(max(each, default=date.min) for each in subject.groups.values())
            if latest - subject.since > KEPT:
                subject.since = latest - KEPT
                for group, by_day in subject.groups.items():
                    kept = {day: known for day, known in by_day.items() if day >= subject.since}
                    subject.groups[group] = kept
        if len(self._subjects) > SUBJECTS:
            self._subjects = {}

    @property
    def findings(self) -> dict[str, Finding]:
        """The findings that are known, by their names."""
        return {
            finding_id: verdict.finding
            for subject in self._subjects.values()
            for by_day in subject.groups.values()
            for known in by_day.values()
            for finding_id, verdict in known.items()
        }

    def open(
        self,
        scopes: Iterable[tuple[CaseFile, Scope]],
        site: FacilityFacts,
    ) -> Asking[None]:
        """Read the verdicts about subjects within the scope of each."""
        wanted: dict[str, date] = {}
        for file, scope in scopes:
            said_before = (each.finding.first_day for each in file.before.values())
            floor = min([*floors(scope, site).values(), *said_before])
            known = self._subjects.get(file.id)
            if known is None or known.since > floor:
                wanted[file.id] = floor
        if not wanted:
            return
        rows = yield Question(
            "SELECT finding_id, subject, facility_id, command_id, rule, policy_id, version,"
            " patient_id, about, from_day, to_day, state, measured, required, unit, because,"
            " evidence, mends, until"
            " FROM findings JOIN unnest(%s::text[], %s::date[]) AS w (wanted, since)"
            " ON subject = w.wanted AND from_day >= w.since",
            (list(wanted), list(wanted.values())),
        )
        for subject, floor in wanted.items():
            known = self._subjects.setdefault(subject, _Subject(floor))
            known.since = min(known.since, floor)
        for finding_id, subject, facility_id, command_id, *said, evidence, mends, until in rows:
            if finding_id not in self._gone:
                finding = _FINDING(*said, tuple(evidence), tuple(mends), until)
                beside = self._subjects[subject].beside(finding)
                beside.setdefault(finding_id, Verdict(finding, facility_id, command_id))

    def replace(
        self,
        file: CaseFile,
        site: FacilityFacts,
        findings: Iterable[Finding],
        scope: Scope,
        cause: ChangeCause | None,
    ) -> None:
        """Replace all findings that began on their rule's floor or later."""
        subject = self._subjects[file.id]
        found = {each.finding_id: each for each in findings}
        for group, floor in floors(scope, site).items():
            for day, known in subject.groups[group].items() if floor < date.max else ():
                if day >= floor:
                    for finding_id in [each for each in known if each not in found]:
                        self._drop(finding_id, file, known, scope, cause)
        for finding_id, finding in found.items():
            known = subject.beside(finding)
            old = known.get(finding_id)
            if old is None or old.finding != finding or (cause and finding_id in file.before):
                self._stand(finding, file, known, scope, cause)
        if cause:
            self._revise(file, cause)

    def _drop(
        self,
        finding_id: str,
        file: CaseFile,
        known: dict[str, Verdict],
        scope: Scope,
        cause: ChangeCause | None,
    ) -> None:
        """Drop a finding where nothing is asked any longer."""
        old = known.pop(finding_id)
        if cause and old.command_id != cause.command_id:
            file.before.setdefault(finding_id, old)
        self.turns.take(finding_id, old, None, scope.now, cause)
        self._written.pop(finding_id, None)
        self._gone.add(finding_id)

    def _stand(
        self,
        finding: Finding,
        file: CaseFile,
        known: dict[str, Verdict],
        scope: Scope,
        cause: ChangeCause | None,
    ) -> None:
        """Write a finding, and note what it was before."""
        finding_id = finding.finding_id
        old = known.get(finding_id)
        new = Verdict(finding, file.facts.facility_id, cause.command_id if cause else None)
        said = file.before.get(finding_id, old) if cause else old
        if said and said.says == new.says:
            new = Verdict(finding, new.facility_id, said.command_id)
        elif old and cause and old.command_id != cause.command_id:
            file.before.setdefault(finding_id, old)
        if old == new:
            return
        self.turns.take(finding_id, old, new, scope.now, cause)
        known[finding_id] = new
        self._written[finding_id] = (file.id, new)
        self._gone.discard(finding_id)

    def _revise(self, file: CaseFile, cause: ChangeCause) -> None:
        """Note what stood before a command and does not any longer."""
        if cause.goes_on:
            command = {"subject": file.id, "command_id": cause.command_id, "events": cause.events}
            self._going_on[file.id, cause.command_id] = command
        for finding_id, was in file.before.items():
            now = self._subjects[file.id].beside(was.finding).get(finding_id)
            revised = was.given_before(cause) and (now is None or now.says != was.says)
            if revised or cause.goes_on:
                said = Revision(file.id, was, cause) if revised else None
                self._revisions[finding_id, cause.command_id] = said

    def changes(self) -> Iterator[Change]:
        """Write what has changed."""
        if self._gone:
            gone = sorted(self._gone)
            yield "DELETE FROM findings WHERE finding_id = ANY(%s)", (gone,)
        yield from written(_WRITE, self._rows())
        revised = self._revisions.items()
        yield from written(_GO_ON, self._going_on.values())
        yield from written(_REVISE, (each.row(id) for (id, _), each in revised if each))
        taken_back = [key for key, each in revised if each is None]
        if taken_back:
            yield _TAKE_BACK, tuple(list(each) for each in zip(*taken_back, strict=True))
        yield from self.turns.changes()

    def _rows(self) -> Iterator[Row]:
        for finding_id, (subject, verdict) in self._written.items():
            yield _row(finding_id, subject, verdict)


def floors(scope: Scope, site: FacilityFacts) -> Mapping[Group, date]:
    """Return from when on what is about a week, a month and so on is within a scope."""
    weeks = scope.since_of("weeks")
    return {
        "week": week_of(weeks, site.week_starts_on) if weeks < date.max else weeks,
        "month": weeks.replace(day=1) if weeks < date.max else weeks,
        "day": scope.days,
        "visit": scope.visits,
        "stay": scope.stays,
    }


_WRITE: LiteralString = """
    INSERT INTO findings SELECT * FROM json_populate_recordset(NULL::findings, %s)
    ON CONFLICT (finding_id) DO UPDATE SET (version, to_day, state, measured, required, unit,
        because, evidence, mends, until, command_id) = (EXCLUDED.version, EXCLUDED.to_day,
        EXCLUDED.state, EXCLUDED.measured, EXCLUDED.required, EXCLUDED.unit, EXCLUDED.because,
        EXCLUDED.evidence, EXCLUDED.mends, EXCLUDED.until, EXCLUDED.command_id)
"""


_REVISE: LiteralString = """
    INSERT INTO revisions SELECT * FROM json_populate_recordset(NULL::revisions, %s)
    ON CONFLICT (finding_id, command_id) DO UPDATE SET events = EXCLUDED.events
"""

_GO_ON: LiteralString = """
    UPDATE revisions r SET events = w.events
    FROM json_populate_recordset(NULL::revisions, %s) w
    WHERE (r.subject, r.command_id) = (w.subject, w.command_id)
"""
"""More events of a command of which the first came with an earlier batch."""

_TAKE_BACK: LiteralString = """
    DELETE FROM revisions r USING unnest(%s::text[], %s::text[]) AS w (finding_id, command_id)
    WHERE (r.finding_id, r.command_id) = (w.finding_id, w.command_id)
"""
"""What a command's first events changed, and the others changed back."""


def _row(finding_id: str, subject: str, verdict: Verdict) -> Row:
    finding = verdict.finding
    return {
        "finding_id": finding_id,
        "subject": subject,
        "facility_id": verdict.facility_id,
        "rule": finding.rule,
        "policy_id": finding.policy_id,
        "version": finding.version,
        "patient_id": finding.patient_id,
        "about": finding.about,
        "from_day": finding.first_day,
        "to_day": finding.last_day,
        "state": finding.state,
        "measured": finding.measured,
        "required": finding.required,
        "unit": finding.unit,
        "because": finding.because,
        "evidence": finding.evidence,
        "mends": finding.mends,
        "until": finding.until,
        "command_id": verdict.command_id,
    }
