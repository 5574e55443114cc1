"""What trees are called: `<operator>/<journal id>`, and after it the log and the generation.

The journal's own tree has no log in its origin, and the first generation no number:
`clinic.example/journal-1f.../access.2` is the access log's tree after one restore.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from services.audit.tree.seals import Seals

DEFAULT_OPERATOR = "daybook"

_GENERATION = re.compile(r"(.+)\.([2-9]|[1-9][0-9]{1,8})")


@dataclass(frozen=True, slots=True)
class Origin:
    """The name of a tree: what it is of, and which generation of it."""

    base: str
    generation: int = 1

    @classmethod
    def parse(cls, text: str) -> "Origin":
        """Read an origin."""
        found = _GENERATION.fullmatch(text)
        return cls(found[1], int(found[2])) if found else cls(text)

    def is_of(self, log: str) -> bool:
        """Tell whether it is a tree of a log of this name."""
        return [*self.base.split("/"), "journal"][2] == log

    def __str__(self) -> str:
        return self.base if self.generation == 1 else f"{self.base}.{self.generation}"


def first_origin(operator: str, journal_id: str, log: str) -> Origin:
    """Return the origin of a log's first tree."""
    of_journal = f"{operator}/{journal_id}"
    return Origin(of_journal if log == "journal" else f"{of_journal}/{log}")


def newest_origin(conn: psycopg.Connection[Any], log: str) -> Origin | None:
    """Return the origin of a log's newest tree; None where none was begun."""
    found = Seals(conn, log).origin
    return Origin.parse(found) if found else None


def begin(
    conn: psycopg.Connection[Any],
    log: str,
    origin: Origin,
    at: datetime,
    *,
    parted_from: str | None = None,
    parted_at: int | None = None,
    because: str | None = None,
    statement: str | None = None,
) -> None:
    """Write that a tree begins; one that goes on after another says from which head, and why."""
    conn.execute(
        "INSERT INTO seal.logs (origin, log, generation, begun_at, parted_from, parted_at, because,"
        " statement) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (str(origin), log, origin.generation, at, parted_from, parted_at, because, statement),
    )
