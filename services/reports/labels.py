"""What sessions and staff are called that a finding or a repair names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import psycopg

from domain.care import SegmentFormat
from projections import attendance, schedule

FORMATS: Mapping[SegmentFormat, str] = {
    "multi-family": "several families together",
    "outside-speaker": "a speaker from outside",
    "crisis": "a crisis",
}
"""What sets a part of a session apart from others of its service, in words."""

_IS_AN_ID = re.compile(r"\S*\d\S*")


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of some sessions, by their ids."""

    of_sessions: dict[str, str]

    @classmethod
    def read(cls, conn: psycopg.Connection[Any], about: Iterable[str | None]) -> Self:
        """Read the labels of those that are sessions' ids."""
        ids = sorted({each for each in about if each})
        rows = conn.execute(attendance.LABELS, {"session_ids": ids})
        return cls({row.session_id: row.label for row in rows})

    @classmethod
    def in_words(cls, conn: psycopg.Connection[Any], about: Iterable[str | None]) -> Self:
        """Read what people call them: by their track, or by what they begin with.

        A label without a space that has a digit is no name, but what a file calls the session.
        """
        ids = sorted({each for each in about if each})
        titles = dict(conn.execute(schedule.TITLES, {"sessions": ids}).fetchall())
        rows = conn.execute(schedule.SESSION_NAMES, {"session_ids": ids})
        return cls(
            {
                row.session_id: titles.get(row.session_id, row.label)
                if _IS_AN_ID.fullmatch(row.label)
                else row.label
                for row in rows
            }
        )

    def of(self, about: str | None) -> str | None:
        """Return what a finding is about in words: a session's label, a counselor or a program.

        A session that nobody scheduled any more has none; None where it is about none of them.
        """
        if about is None:
            return None
        return self.of_sessions.get(about, about.partition(" ")[2])
