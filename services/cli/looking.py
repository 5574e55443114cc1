"""Who looks at the command line: put on record before anything is printed."""

import os
import pwd
import socket
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from projections import attendance
from services.access.access_log import Entry
from services.access.authorize import NotAllowed
from services.access.principal import Grant, Principal, Role
from services.access.rights import NONE, reach, roles_that_may
from services.access.sign_in_sessions import PURPOSES, Purpose
from services.access.store import open_access
from services.access.viewing import viewer_of
from services.hosting.bootstrap import Runtime
from services.hosting.settings import BadSetting
from services.reports.queries import NobodyThere, ReportQueries
from services.reports.viewer import EVERYTHING, OWN_READS, Viewer

PURPOSE = "DAYBOOK_PURPOSE"

ACCOUNT = "command line"
"""The account of whoever has the machine: no account is called so."""


USER = "DAYBOOK_USER"
"""Names the account as which reports are asked, which narrows them to what it may see. Whoever has
the machine can leave it out: it keeps nobody out who has that."""


def acting(runtime: Runtime) -> Principal:
    """Return who asks: the operator, or the account that the environment names.

    Raises BadSetting where there is no such account, or it is disabled.
    """
    account = os.environ.get(USER)
    if not account:
        return operator()
    with open_access(runtime.engines.database_url, pool_size=1) as store:
        found = store.accounts.principal(account, "command line")
    if found is None:
        raise BadSetting(f"{USER} names no account that is enabled: {account!r}")
    return found


def reads_of_whom() -> tuple[str, ...]:
    """Return the read models that tell what is somebody's own, where an account asks."""
    return OWN_READS if os.environ.get(USER) else ()


def check_may(
    runtime: Runtime, principal: Principal, what: str, facility_id: str | None
) -> str | None:
    """Return the facility at which somebody asks for something; the only one, unless it is said.

    Raises NotAllowed where they may not, or do not say where.
    """
    if principal.account == ACCOUNT:
        return facility_id
    known = runtime.journal.facilities()
    where = facility_id or (known[0] if len(known) == 1 else None)
    if where is None:
        raise NotAllowed(f"say at which facility {principal.account} asks: --facility ID")
    if not principal.at(where):
        raise NobodyThere(f"there is no facility {where!r}")
    if reach(principal, what, where) is NONE:
        roles = ", ".join(roles_that_may(what))
        raise NotAllowed(f"only these roles may ask for {what} at {where}: {roles}")
    return where


def viewer(
    reports: ReportQueries, principal: Principal, question: str, patient_id: str | None = None
) -> Viewer:
    """Return what somebody who may ask a question is shown of it."""
    if principal.account == ACCOUNT:
        return EVERYTHING
    with reports.connected() as conn:
        (site,) = reports.facilities(conn, attendance.FACILITIES)
        today = reports.now.astimezone(ZoneInfo(site.timezone)).date()
        return viewer_of(conn, principal, question, site.facility_id, today, patient_id=patient_id)


def operator() -> Principal:
    """Return who has the machine and runs the command, by the system's word, not another's."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = f"user {os.getuid()}"
    return Principal(ACCOUNT, name, (Grant(Role.OPERATOR),), "command line")


def operator_alone(act: str) -> None:
    """Raise NotAllowed where an account is named: this is for whoever has the machine alone."""
    if account := os.environ.get(USER):
        raise NotAllowed(f"{account} may not {act}: that is for the operator; unset {USER}")


def record_look(
    runtime: Runtime,
    what: str,
    patient_ids: Iterable[str],
    facility_id: str | None = None,
    principal: Principal | None = None,
    *,
    reason: str | None = None,
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
            reason=reason,
        )
        with open_access(runtime.engines.database_url, pool_size=1) as store:
            store.log.record(entry)


def _purpose() -> Purpose:
    said = os.environ.get(PURPOSE) or "operations"
    if said not in PURPOSES:
        raise BadSetting(f"{PURPOSE} is none of {', '.join(PURPOSES)}")
    return said
