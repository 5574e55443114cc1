"""What went wrong: whether an engine is away, and where it failed, with no value of an event.

Anything that was being said when something failed may tell who a patient is. So what is printed and
logged are kinds, places and the names of columns, never texts of exceptions.
"""

import traceback
from pathlib import Path

import nats.errors
import psycopg
from eventsourcing.persistence import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout

DATABASE_AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    OperationalError,
    InterfaceError,
    PoolTimeout,
)
"""What is raised where PostgreSQL does not answer, or ends the connection."""

BROKER_AWAY = (nats.errors.Error, OSError)
"""What is raised where NATS does not answer, in time or at all."""

_LIMITS = "54"
"""The class of PostgreSQL's own limits, such as the size of an index's key: it does answer."""


def database_failed(why: BaseException) -> bool:
    """Tell whether it was PostgreSQL that failed, and not what it was asked."""
    refused = (getattr(why, "sqlstate", None) or "").startswith(_LIMITS)
    return isinstance(why, DATABASE_AWAY) and not refused


def engine_failed(why: BaseException) -> bool:
    """Tell whether an engine was away: then the same may be done once it is back."""
    return database_failed(why) or isinstance(why, BROKER_AWAY)


def where_it_failed(fault: BaseException) -> str:
    """Say what failed where; never the values, which might say who a patient is."""
    trace = fault.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else "unknown"
    return f"{type(fault).__name__} in {where}"


def reason(why: Exception) -> str:
    """Say what went wrong without a value of the event: no parameters, no detail, no arguments."""
    if isinstance(why, psycopg.Error):
        return _sql_reason(why)
    frames = traceback.extract_tb(why.__traceback__)
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(why).__name__}{place}"


def _sql_reason(why: psycopg.Error) -> str:
    said = [f"{type(why).__name__} {why.sqlstate or ''}".strip()]
    # Of these classes the first line names columns and constraints; others may quote a value.
    if why.sqlstate and why.sqlstate[:2] in {"23", "3F", "42"} and why.diag.message_primary:
        said.append(why.diag.message_primary)
    for kind, name in (
        ("constraint", why.diag.constraint_name),
        ("table", why.diag.table_name),
        ("column", why.diag.column_name),
    ):
        if name:
            said.append(f"{kind} {name}")
    return ", ".join(said)
