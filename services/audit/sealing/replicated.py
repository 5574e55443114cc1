"""Transactions that every synchronous standby has once they are over.

PostgreSQL shows a commit to others only once its synchronous standbys have it, but for what it
finds in its log after a crash, or where somebody ended the wait. The log is sent in order: when a
standby has one commit, it has all that were committed before.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.errors import Diagnostic

from services.audit.sealing.seal_refusals import NotReplicated


@contextmanager
def replicated(conn: psycopg.Connection[Any]) -> Iterator[None]:
    """Commit at the end, and wait for the synchronous standbys whatever the role's settings are.

    Raises NotReplicated where somebody ended the wait: it is committed here alone.
    """
    warned = []

    def note(said: Diagnostic) -> None:
        if said.severity_nonlocalized == "WARNING":
            warned.append(said)

    conn.add_notice_handler(note)
    try:
        with conn.transaction():
            conn.execute("SET LOCAL synchronous_commit = on")
            yield
    finally:
        conn.remove_notice_handler(note)
    if warned:
        raise NotReplicated(
            "What was sealed is not known to be on the standby: its wait was ended. Nothing of it"
            " is told to anybody before it is; it is tried again"
        )
