"""The tables that roles make when they first run, made beforehand by whoever is to own them."""

from services.advisory_lock import connect
from services.messaging.stream_watch import make_tables as make_tables_of_streams
from services.process_managers.task_store import make_tables as make_tables_of_managers


async def make_role_tables(database_url: str) -> None:
    """Make the tables of the managers and of the relay, where they are not there."""
    async with await connect(database_url) as conn:
        await make_tables_of_managers(conn)
        await make_tables_of_streams(conn)
