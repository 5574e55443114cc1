"""Why a command was not taken, as a problem by RFC 9457. It says nothing of who a patient is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import AlreadyThere, NotThere, Overlapping, Refusal, WrongState
from services.access.authorize import NotAllowed
from services.application import NotKnown
from services.command_endpoint.payload import PayloadError

MEDIA_TYPE = "application/problem+json"

_STATUSES: tuple[tuple[type[Refusal], int], ...] = (
    (NotKnown, 404),
    (NotThere, 404),
    (Overlapping, 409),
    (AlreadyThere, 409),
    (WrongState, 409),
    (Refusal, 422),
)
"""The first that fits counts."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem: `type` tells programs what it is, `title` people; `detail` is about this one.

    `status` is as in HTTP: 4xx is for the sender to mend, after 5xx the same command, under the
    same id, may be sent again. `errors` are the places of the payload that are wrong.
    """

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[PayloadError, ...] = ()


LONGEST_DETAIL = 10_000
"""Characters of a detail, at most: what many sessions met may be long."""


def refused(refusal: Refusal) -> Problem:
    """Return a refusal of the domain's."""
    kind = type(refusal)
    status = next(status for refused, status in _STATUSES if isinstance(refusal, refused))
    title = (kind.__doc__ or kind.__name__).partition("\n")[0].rstrip(".")
    detail = str(refusal)[:LONGEST_DETAIL]
    return Problem(f"daybook:refusal:{kebab(kind.__name__)}", title, status, detail)


def malformed(faults: Sequence[PayloadError]) -> Problem:
    """Return what is wrong with a payload."""
    count = len(faults)
    detail = f"{count} field{' is' if count == 1 else 's are'} not as this command takes them"
    return _of("malformed", 400, detail, tuple(faults))


def bad_header(name: str, expected: str) -> Problem:
    """Return that a header is missing or says something else than it has to."""
    return _of("bad-header", 400, f"the header {name} has to be {expected}")


def not_yours(client: str) -> Problem:
    """Return that a client gave itself out for another one."""
    return _of("not-yours", 403, f"the header ce-source has to be {client}, as in the subject")


def not_allowed(why: NotAllowed) -> Problem:
    """Return that somebody may not do this."""
    return _of("not-allowed", 403, str(why))


def reserved(client: str) -> Problem:
    """Return that no client may be called so."""
    return _of("reserved", 403, f"the name {client} is reserved for Daybook itself")


def unknown_command(name: str) -> Problem:
    """Return that there is no such command."""
    return _of("unknown-command", 404, f"there is no command {name}")


def unknown_facility(facility_id: str) -> Problem:
    """Return that there is no such facility."""
    return _of("unknown-facility", 404, f"there is no facility {facility_id}")


def id_used_otherwise() -> Problem:
    """Return that another command was recorded under the same id."""
    return _of("id-used-otherwise", 409, "another command of yours was recorded under this id")


def too_large(size: int, largest: int) -> Problem:
    """Return that a payload is larger than any command has to be."""
    return _of("too-large", 413, f"the payload has {size} bytes; the limit is {largest}")


def too_many(most: int) -> Problem:
    """Return that as many commands of this client wait as may."""
    detail = (
        f"{most} of your commands are waiting already; "
        "send this one again when some of them are answered"
    )
    return _of("too-many-waiting", 429, detail)


def busy(most: int) -> Problem:
    """Return that as many commands wait as may, whoever sent them."""
    return _of("busy", 503, f"{most:,} commands are waiting already; send the same command again")


def waited_too_long(seconds: float) -> Problem:
    """Return that a command was not decided, since it waited for too long."""
    detail = f"its turn did not come within {seconds:.0f} seconds; send the same command again"
    return _of("waited-too-long", 503, detail)


def ending() -> Problem:
    """Return that a command was not decided, since Daybook is being ended."""
    return _of("ending", 503, "Daybook is shutting down; send the same command again")


def too_large_answer() -> Problem:
    """Return that what a command returned is larger than a message holds."""
    detail = "the command was done, or looked at, and what it returned is larger than a message"
    return _of("too-large-answer", 500, detail)


def failed(where: str) -> Problem:
    """Return that Daybook itself failed: by the command's id it is told whether it was recorded."""
    detail = f"Daybook itself failed ({where}); sent again, the command is recorded at most once"
    return _of("failed", 500, detail)


def unavailable() -> Problem:
    """Return that an engine is away: whether anything was recorded is not known."""
    return _of("unavailable", 503, "the journal cannot be reached; send the same command again")


_TITLES = {
    "malformed": "The payload is not what the command takes",
    "bad-header": "A header is missing or wrong",
    "not-yours": "A client can send commands only under its own name",
    "not-allowed": "Your role does not allow this",
    "reserved": "A client has a name that is reserved for Daybook itself",
    "unknown-command": "There is no such command",
    "unknown-facility": "There is no such facility",
    "id-used-otherwise": "Another command has this id",
    "too-large": "The payload is too large",
    "too-many-waiting": "Too many commands of this client are waiting",
    "busy": "Too many commands are waiting",
    "waited-too-long": "The command waited too long",
    "ending": "Daybook is shutting down",
    "too-large-answer": "The answer is too large",
    "failed": "Daybook failed",
    "unavailable": "Daybook is not available",
}


def _of(kind: str, status: int, detail: str, errors: tuple[PayloadError, ...] = ()) -> Problem:
    return Problem(f"daybook:problem:{kind}", _TITLES[kind], status, detail, errors)


def kebab(name: str) -> str:
    """Return a class's name as a problem's type has it."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
