"""The findings as they stand, and what they were before a record was changed after the fact.

A verdict stands once its last day is over. What changes it afterwards, by whichever command, is
noted as a revision with the verdict that stood before; several events of one command count as one
change, however they were taken in.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, LiteralString

from domain.compliance.caseload import COUNSELORS
from domain.compliance.days import DAILY
from domain.compliance.facts import FacilityFacts
from domain.compliance.finding import Finding, RuleName, State
from domain.compliance.hours import WEEKLY
from domain.compliance.judging import Scope
from domain.compliance.months import MONTHLY
from domain.compliance.stays import STAYS
from domain.times import week_of
from projections.compliance.files import Asking
from projections.compliance.rows import Row, written
from projections.view import Change, Question

DAY = timedelta(days=1)


def _names(rules: Iterable[Any]) -> frozenset[RuleName]:
    return frozenset(each.__name__.replace("_", "-") for each in rules)


OF_A_WEEK = _names((*WEEKLY, *COUNSELORS))
OF_A_MONTH = _names(MONTHLY)
OF_A_DAY = _names(DAILY)
OF_A_STAY = _names(rule for rule, _ in STAYS)


@dataclass(frozen=True, slots=True)
class Cause:
    """The command that changes what is known, when, on which day there, and by which events.

    `late` is False while all of it is what is recorded first of a session: that may come a day
    after it. `goes_on` tells that its first events were judged before.
    """

    command_id: str
    at: datetime
    day: date
    events: tuple[str, ...]
    late: bool
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands of a finding: enough to tell whether another one differs."""

    rule: RuleName
    first_day: date
    last_day: date
    state: State
    measured: int | None
    required: int
    version: int
    seal: str
    command_id: str | None
    """The command by which it came to say so; None where that was the passing of time."""

    @classmethod
    def of(cls, finding: Finding, command_id: str | None) -> "Verdict":
        """Return what stands of a finding."""
        seal = sha256(repr(finding).encode()).hexdigest()[:16]
        return cls(
            finding.rule,
            finding.first_day,
            finding.last_day,
            finding.state,
            finding.measured,
            finding.required,
            finding.version,
            seal,
            command_id,
        )

    @property
    def says(self) -> tuple[object, ...]:
        """What it is that somebody was told."""
        return self.state, self.measured, self.required, self.version

    def given_before(self, cause: Cause) -> bool:
        """Tell whether somebody may have been told it before a command."""
        over_since = cause.day - self.last_day
        return over_since > DAY or (over_since == DAY and cause.late)


@dataclass(frozen=True, slots=True)
class Revision:
    """A verdict that stood before a command, and what the command made of it.

    `was` is None where the command's first events were taken in with an earlier batch, `became`
    where nothing is asked of anybody any longer.
    """

    subject: str
    was: Verdict | None
    became: Verdict | None
    cause: Cause

    def row(self, finding_id: str) -> Row:
        """Return what is kept of it, and what the command made of the verdict."""
        was, became = (each.says if each else (None,) * 4 for each in (self.was, self.became))
        columns = ("state", "measured", "required", "version")
        return {
            "finding_id": finding_id,
            "command_id": self.cause.command_id,
            "subject": self.subject,
            "at": self.cause.at,
            **{f"was_{column}": value for column, value in zip(columns, was, strict=True)},
            "events": self.cause.events,
            **dict(zip(columns, became, strict=True)),
        }


@dataclass(slots=True)
class _Subject:
    """The verdicts about one subject of what began on a day or later."""

    since: date
    verdicts: dict[str, Verdict] = field(default_factory=dict)


@dataclass(slots=True)
class Verdicts:
    """The verdicts that a batch has to do with, and what it changes of them."""

    findings: dict[str, Finding] = field(default_factory=dict)
    """The findings as they are after this batch, of those that were judged."""
    _subjects: dict[str, _Subject] = field(default_factory=dict)
    _written: dict[str, tuple[str, str]] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)
    _revisions: dict[tuple[str, str], Revision] = field(default_factory=dict)
    _going_on: dict[tuple[str, str], Row] = field(default_factory=dict)

    def open(self, scopes: Mapping[str, Scope], site: FacilityFacts) -> Asking[None]:
        """Read the verdicts about subjects within the scope of each."""
        wanted: dict[str, date] = {}
        for subject, scope in scopes.items():
            floor = min(floors(scope, site).values())
            known = self._subjects.get(subject)
            if known is None or known.since > floor:
                wanted[subject] = floor
        if not wanted:
            return
        rows = yield Question(
            "SELECT subject, finding_id, rule, from_day, to_day, state, measured, required,"
            " version, seal, command_id"
            " FROM findings JOIN unnest(%s::text[], %s::date[]) AS w (wanted, since)"
            " ON subject = w.wanted AND from_day >= w.since",
            (list(wanted), list(wanted.values())),
        )
        for subject, floor in wanted.items():
            known = self._subjects.setdefault(subject, _Subject(floor))
            known.since = min(known.since, floor)
        for subject, finding_id, *rest in rows:
            if finding_id not in self._gone:
                self._subjects[subject].verdicts.setdefault(finding_id, Verdict(*rest))

    def settle(
        self,
        subject: str,
        facility_id: str,
        findings: Iterable[Finding],
        since: "Floors",
        cause: Cause | None,
    ) -> None:
        """Let findings stand in place of all that began on their rule's floor or later."""
        known = self._subjects[subject].verdicts
        if cause and cause.goes_on:
            command = {"subject": subject, "command_id": cause.command_id, "events": cause.events}
            self._going_on[subject, cause.command_id] = command
        found = {each.finding_id: each for each in findings}
        for finding_id, verdict in list(known.items()):
            floor = since.get(verdict.rule, since[None])
            if finding_id not in found and verdict.first_day >= floor:
                if cause and verdict.given_before(cause):
                    key = (finding_id, cause.command_id)
                    self._revisions.setdefault(key, Revision(subject, verdict, None, cause))
                del known[finding_id]
                self.findings.pop(finding_id, None)
                self._written.pop(finding_id, None)
                self._gone.add(finding_id)
        for finding_id, finding in found.items():
            old = known.get(finding_id)
            new = Verdict.of(finding, cause.command_id if cause else None)
            self.findings[finding_id] = finding
            if old and old.seal == new.seal:
                continue
            if old and old.says == new.says:
                new = replace(new, command_id=old.command_id)
            elif old and cause:
                self._revise((finding_id, subject), old, new, cause)
            known[finding_id] = new
            self._written[finding_id] = (subject, facility_id)
            self._gone.discard(finding_id)

    def _revise(self, of: tuple[str, str], old: Verdict, new: Verdict, cause: Cause) -> None:
        """Note what stood before a command; what its own first events made of it is no verdict."""
        finding_id, subject = of
        key = (finding_id, cause.command_id)
        if old.command_id == cause.command_id:
            was = self._revisions[key].was if key in self._revisions else None
            self._revisions[key] = Revision(subject, was, new, cause)
        elif old.given_before(cause):
            self._revisions[key] = Revision(subject, old, new, cause)

    def changes(self) -> Iterator[Change]:
        """Write what has changed."""
        if self._gone:
            gone = sorted(self._gone)
            yield "DELETE FROM findings WHERE finding_id = ANY(%s)", (gone,)
        yield from written(_WRITE, self._rows())
        revised = [(id, each) for (id, _), each in self._revisions.items()]
        begun = [each.row(id) for id, each in revised if each.was]
        continued = [each.row(id) for id, each in revised if each.was is None]
        yield from written(_REVISE, begun)
        yield from written(_GO_ON, self._going_on.values())
        yield from written(_TAKE_BACK, begun + continued)

    def _rows(self) -> Iterator[Row]:
        for finding_id, (subject, facility_id) in self._written.items():
            verdict = self._subjects[subject].verdicts[finding_id]
            yield _row(finding_id, subject, facility_id, self.findings[finding_id], verdict)


Floors = Mapping[RuleName | None, date]
"""From when on each rule's findings are judged; under None, those about visits and sessions."""


def floors(scope: Scope, site: FacilityFacts) -> Floors:
    """Return from when on each rule's findings are within a scope."""
    days = scope.days
    week, month = week_of(days, site.week_starts_on), days.replace(day=1)
    return {
        None: scope.visits,
        **dict.fromkeys(OF_A_DAY, days),
        **dict.fromkeys(OF_A_WEEK, week),
        **dict.fromkeys(OF_A_MONTH, month),
        **dict.fromkeys(OF_A_STAY, scope.stays),
    }


_WRITE: LiteralString = """
    INSERT INTO findings SELECT * FROM json_populate_recordset(NULL::findings, %s)
    ON CONFLICT (finding_id) DO UPDATE SET (version, to_day, state, measured, required, unit,
        because, evidence, mends, seal, command_id) = (EXCLUDED.version, EXCLUDED.to_day,
        EXCLUDED.state, EXCLUDED.measured, EXCLUDED.required, EXCLUDED.unit, EXCLUDED.because,
        EXCLUDED.evidence, EXCLUDED.mends, EXCLUDED.seal, EXCLUDED.command_id)
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
    DELETE FROM revisions r USING json_to_recordset(%s) AS w (finding_id text, command_id text,
        state text, measured integer, required integer, version integer)
    WHERE (r.finding_id, r.command_id) = (w.finding_id, w.command_id)
        AND (r.was_state, r.was_measured, r.was_required, r.was_version)
            IS NOT DISTINCT FROM (w.state, w.measured, w.required, w.version)
"""
"""A command that changed a verdict and changed it back did nothing."""


def _row(
    finding_id: str, subject: str, facility_id: str, finding: Finding, verdict: Verdict
) -> Row:
    return {
        "finding_id": finding_id,
        "subject": subject,
        "facility_id": facility_id,
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
        "seal": verdict.seal,
        "command_id": verdict.command_id,
    }
