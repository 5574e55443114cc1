"""What went wrong, in one plain sentence, with the exit code that says whose fault it is."""

import nats.errors
import psycopg
from eventsourcing.persistence import PersistenceError

from domain.errors import DaybookError
from services.audit.sealing.continuing import NothingToContinue
from services.audit.sealing.seal_refusals import SealRefused
from services.cli.console import BAD_INPUT, FAULTY_ITSELF, NO, NO_ENGINE
from services.embedded import EngineFailed
from services.failures import BROKER_AWAY, DATABASE_AWAY, where_it_failed
from services.messaging.stream_refusals import StreamRefused
from services.read_models.execution import ViewStopped


def told(fault: Exception) -> tuple[object, int]:
    """Return what to say of an exception, and the exit code; no value of an event is in it."""
    match fault:
        case EngineFailed() | StreamRefused():
            return fault, NO_ENGINE
        case ViewStopped() | SealRefused() | NothingToContinue():
            return fault, NO
        case DaybookError():
            return fault, BAD_INPUT
        case psycopg.OperationalError():
            reason = str(fault).partition("\n")[0]
            return f"PostgreSQL cannot be reached: {reason}", NO_ENGINE
    if isinstance(fault, (*DATABASE_AWAY, PersistenceError)):
        return f"PostgreSQL failed ({type(fault).__name__}); its log says why", NO_ENGINE
    if isinstance(fault, BROKER_AWAY):
        engine = "NATS" if isinstance(fault, nats.errors.Error) else "An engine"
        return f"{engine} cannot be reached ({type(fault).__name__})", NO_ENGINE
    where = where_it_failed(fault)
    return f"Daybook itself failed ({where}); nothing was recorded in part", FAULTY_ITSELF
