"""What sessions and staff are called that a finding or a repair names."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import psycopg

from projections import attendance


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

    def of(self, about: str | None) -> str | None:
        """Return what a finding is about in words: a session's label, or a counselor's id.

        A session that nobody scheduled any more has none; None where it is about neither.
        """
        if about is None:
            return None
        return self.of_sessions.get(about, about.partition(" ")[2])
