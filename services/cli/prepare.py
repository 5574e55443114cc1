"""`daybook prepare`: every table, made by the role that is to own it."""

from services.cli.console import err
from services.cli.options import DEFAULT_DATA, Data


def prepare(data: Data = DEFAULT_DATA) -> None:
    """Make every table that is missing but those of the read models, owned by who runs this."""
    import asyncio

    import psycopg

    from services.access.store import open_access
    from services.audit.tree import seal_tables
    from services.cli.looking import operator_alone
    from services.hosting.bootstrap import open_runtime
    from services.hosting.role_tables import make_role_tables
    from services.publishing.outbox import make_tables

    operator_alone("make tables")
    with open_runtime(data) as runtime:
        url = runtime.engines.database_url
        make_tables(runtime.journal)
        with open_access(url, pool_size=1), psycopg.connect(url, autocommit=True) as conn:
            seal_tables.prepare(conn)
        asyncio.run(make_role_tables(url))
    err.print("Every table is there.")
