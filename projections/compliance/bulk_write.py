"""Writing many rows of one table with one statement."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, LiteralString

from pydantic import TypeAdapter

from projections.view import Change

AT_ONCE = 500
"""Rows of one statement, at most."""

_ROWS: TypeAdapter[Any] = TypeAdapter(Any)

Row = Mapping[str, Any]
"""A row: a value by column, days and instants as they are."""


def written(statement: LiteralString, rows: Iterable[Row]) -> Iterator[Change]:
    """Yield what writes rows; the statement takes them from its only parameter, as JSON."""
    waiting = iter(rows)
    while some := list(islice(waiting, AT_ONCE)):
        yield statement, (_ROWS.dump_json(some).decode(),)
