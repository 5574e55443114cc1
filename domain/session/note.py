"""A note about one patient of a session, as far as it is signed. The note itself is elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.care import Service


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A note that its author signed; `version` is that of the event that says so.

    `services` are those of the session that it is about; with none it is about the whole visit.
    """

    version: int
    signed_at: datetime
    signer: str
    credential: str
    services: tuple[Service, ...] = ()
    cosigned: bool = False


def covers(notes: Iterable[SignedNote], services: tuple[Service, ...]) -> bool:
    """Tell whether notes are about all of some services; about none of them: the whole visit."""
    known = list(notes)
    if any(not each.services for each in known):
        return True
    return bool(services) and {*services} <= {each for note in known for each in note.services}
