"""When what an import records is recorded: never before what is on record, of any clinic.

Who looks back goes by when events were recorded, and a head over the record says only that they
were there by then. So a time that somebody chooses is held to the record, at the moment at which
nobody else adds to it.
"""

from datetime import datetime
from typing import Any

import psycopg

from domain.errors import DaybookError
from services.journal import lookups


class RecordedLater(DaybookError):
    """An import would be dated before what is on record."""


def check_record_time(conn: psycopg.Connection[Any], now: datetime) -> None:
    """Raise RecordedLater where something was recorded after a time to record more with.

    The connection's rows are dicts.
    """
    latest = lookups.recorded(conn, None).latest
    if latest is not None and now < latest:
        raise RecordedLater(
            f"--now is {now.isoformat()}, and the last that is on record was recorded at"
            f" {latest.isoformat()}: what is recorded next is not dated before it. Leave --now"
            " out, or give a later time; nothing was recorded"
        )
