"""Who looks at the command line: put on record before anything is printed."""

import os
import pwd
import socket
from collections.abc import Iterable

from services.access.access_log import Entry
from services.access.principal import Grant, Principal, Role
from services.access.sign_in_sessions import PURPOSES, Purpose
from services.access.store import open_access
from services.hosting.bootstrap import Runtime
from services.hosting.settings import BadSetting

PURPOSE = "DAYBOOK_PURPOSE"

ACCOUNT = "command line"
"""The account of whoever has the machine: no account is called so."""


def operator() -> Principal:
    """Return who has the machine and runs the command, by the system's word, not another's."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = f"user {os.getuid()}"
    return Principal(ACCOUNT, name, (Grant(Role.OPERATOR),), "command line")


def record_look(
    runtime: Runtime,
    what: str,
    patient_ids: Iterable[str],
    facility_id: str | None = None,
    principal: Principal | None = None,
) -> None:
    """Put on record that patients (random ids) are about to be shown; of nobody there is no entry.

    Where no facility is said and there is one, it is that one; without a principal the operator
    looks. Raises BadSetting where the environment says another purpose than there are.
    """
    purpose = _purpose()
    if shown := tuple(patient_ids):
        known = runtime.journal.facilities()
        entry = Entry.of(
            principal or operator(),
            facility_id or (known[0] if len(known) == 1 else None),
            what,
            shown,
            purpose=purpose,
            address=socket.gethostname(),
        )
        with open_access(runtime.engines.database_url, pool_size=1) as store:
            store.log.record(entry)


def _purpose() -> Purpose:
    said = os.environ.get(PURPOSE) or "operations"
    if said not in PURPOSES:
        raise BadSetting(f"{PURPOSE} is none of {', '.join(PURPOSES)}")
    return said
