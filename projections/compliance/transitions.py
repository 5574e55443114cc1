"""Turns: each time that a finding came to say something else, by a command or as time passed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import LiteralString

from domain.compliance.finding import Finding, State
from projections.compliance.bulk_write import Row, written
from projections.view import Change

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ChangeCause:
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


@dataclass(slots=True)
class Verdict:
    """A finding as it stands, and the command by which it came to say so; None for time."""

    finding: Finding
    facility_id: str
    command_id: str | None

    @property
    def says(self) -> tuple[object, ...]:
        """What it is that somebody was told."""
        said = self.finding
        return said.state, said.measured, said.required, said.version

    def given_before(self, cause: ChangeCause) -> bool:
        """Tell whether somebody may have been told it before a command."""
        over_since = cause.day - self.finding.last_day
        return over_since > DAY or (over_since == DAY and cause.late)


@dataclass(slots=True)
class Transition:
    """A finding that turned at an instant, by a command or (empty) because time passed.

    `was` is None where it was not there before, `became` where it is gone.
    """

    finding_id: str
    at: datetime
    command_id: str
    about: Verdict
    was: State | None
    became: State | None

    @property
    def turns(self) -> bool:
        """Tell whether it says something else than before."""
        return self.was != self.became

    @property
    def row(self) -> Row:
        """What is kept of it."""
        said = self.about.finding
        return {
            "finding_id": self.finding_id,
            "at": self.at,
            "command_id": self.command_id,
            "facility_id": self.about.facility_id,
            "rule": said.rule,
            "policy_id": said.policy_id,
            "patient_id": said.patient_id,
            "about": said.about,
            "from_day": said.first_day,
            "was": self.was,
            "state": self.became,
        }


@dataclass(slots=True)
class Turns:
    """The turns of a batch. What one command does to a finding counts as one, however it is cut."""

    _turned: dict[tuple[str, datetime, str], Transition] = field(default_factory=dict)

    def take(
        self,
        finding_id: str,
        was: Verdict | None,
        became: Verdict | None,
        at: datetime,
        cause: ChangeCause | None,
    ) -> None:
        """Note that a finding is otherwise now; none where it says the same in other words."""
        key = (finding_id, at, cause.command_id if cause else "")
        known, about = self._turned.get(key), became or was
        before = known.was if known else was.finding.state if was else None
        now = became.finding.state if became else None
        if about and (known or before != now):
            self._turned[key] = Transition(*key, about, before, now)

    def of(self, command_id: str) -> list[Transition]:
        """Return those by one command that are not as they were after it."""
        turned = self._turned.values()
        return [each for each in turned if each.command_id == command_id and each.turns]

    def changes(self) -> Iterator[Change]:
        """Write them down."""
        rows = [each.row for each in self._turned.values()]
        yield from written(_WRITE, rows)
        if rows:
            yield _TAKE_BACK, ([row["finding_id"] for row in rows],)


_WRITE: LiteralString = """
    INSERT INTO turns SELECT * FROM json_populate_recordset(NULL::turns, %s)
    ON CONFLICT (finding_id, at, command_id) DO UPDATE SET state = EXCLUDED.state
"""
"""More of a command of which the first events came with an earlier batch keeps what was before."""

_TAKE_BACK: LiteralString = """
    DELETE FROM turns WHERE finding_id = ANY(%s) AND was IS NOT DISTINCT FROM state
"""
"""A command that turned a finding and turned it back did nothing."""
