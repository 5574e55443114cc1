"""All that is kept in the schema `access`, opened together."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from services.access.access_log import AccessLog
from services.access.accounts import Accounts
from services.access.attempts import Attempts
from services.access.calendar_feeds import CalendarFeeds
from services.access.database import AccessDatabase, Clock, utc_now
from services.access.emergencies import Emergencies
from services.access.kiosk_presses import KioskPresses
from services.access.kiosks import Kiosks
from services.access.sign_in import PasswordSignIn
from services.access.sign_in_sessions import IDLE, Sessions
from services.access.tokens import Tokens


@dataclass(frozen=True)
class AccessStore:
    """All parts of the schema; usable from any thread, each call blocks."""

    database: AccessDatabase
    accounts: Accounts
    sessions: Sessions
    attempts: Attempts
    passwords: PasswordSignIn
    tokens: Tokens
    kiosks: Kiosks
    kiosk_presses: KioskPresses
    feeds: CalendarFeeds
    log: AccessLog
    emergencies: Emergencies


@contextmanager
def open_access(
    database_url: str, *, pool_size: int = 4, idle: timedelta = IDLE, clock: Clock = utc_now
) -> Iterator[AccessStore]:
    """Open what is kept in the schema `access`, which is made where it is missing.

    A session is over after `idle` without a request.
    """
    with ExitStack() as opened:
        database = opened.enter_context(
            closing(AccessDatabase(database_url, pool_size=pool_size, clock=clock))
        )
        attempts = Attempts(database)
        passwords = opened.enter_context(closing(PasswordSignIn(database, attempts)))
        tokens = Tokens(database)
        yield AccessStore(
            database,
            Accounts(database),
            Sessions(database, idle=idle),
            attempts,
            passwords,
            tokens,
            Kiosks(database, tokens),
            KioskPresses(database),
            CalendarFeeds(database),
            AccessLog(database),
            Emergencies(database),
        )
