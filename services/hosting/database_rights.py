"""Which work a database's role may do: what it may not, it leaves to others who may."""

from dataclasses import dataclass

import psycopg

from services.advisory_lock import connect


@dataclass(frozen=True, slots=True)
class DatabaseRights:
    """Whether a role may make read models, and whether it may tell others what came of them."""

    keeps_views: bool = True
    tells: bool = True

    def allow(self, work: str) -> bool:
        """Tell whether it may do the work of a supervisor's task, by that one's name."""
        return self.keeps_views if work.startswith("view ") else self.tells


async def database_rights(database_url: str) -> DatabaseRights:
    """Return what the URL's role may do; everything where PostgreSQL does not say.

    Why it does not is told by the task that meets it.
    """
    try:
        async with await connect(database_url) as conn:
            found = await conn.execute(
                "SELECT has_database_privilege(current_database(), 'CREATE'),"
                " has_table_privilege('announcements.outbox', 'INSERT')"
            )
            row = await found.fetchone()
    except psycopg.Error:
        row = None
    return DatabaseRights(*row) if row else DatabaseRights()
