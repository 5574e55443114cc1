"""Who patients are, as far as it can be read: a key that is gone costs that patient's name."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from domain.errors import IdentityUnreadable
from services.vault import Contact, Person, VaultSession

Opened = TypeVar("Opened")

NOT_READABLE = "name not readable"
"""What stands in the place of a name, or a record number, that cannot be read."""


class People:
    """The patients of a report by their random ids, opened while it is read."""

    def __init__(self, session: VaultSession, identities: Iterable[Any]) -> None:
        """Open all sealed identities: rows of `patient_id` and `sealed`."""
        rows = list(identities)
        session.load(row.patient_id for row in rows)
        self._session = session
        self._known = {
            row.patient_id: _readable(session.open, row.patient_id, row.sealed) for row in rows
        }

    @property
    def unreadable(self) -> int:
        """How many of the patients cannot be read."""
        return sum(person is None for person in self._known.values())

    def person(self, patient_id: str) -> Person | None:
        """Return who a patient is; None where that cannot be read."""
        return self._known[patient_id]

    def mrn(self, patient_id: str) -> str:
        """Return a patient's record number, or what tells them apart where it cannot be read."""
        person = self._known[patient_id]
        return person.mrn if person else f"{NOT_READABLE} ({patient_id[-8:]})"

    def with_mrn(self, mrn: str) -> Iterator[str]:
        """Yield the ids of the patients with a record number, one at each facility at most."""
        for patient_id, person in self._known.items():
            if person and person.mrn == mrn:
                yield patient_id

    def contact(self, patient_id: str, sealed: str) -> Contact | None:
        """Return who somebody close to a patient is; None where that cannot be read."""
        return _readable(self._session.open_contact, patient_id, sealed)


def _readable(opened: Callable[[str, str], Opened], patient_id: str, sealed: str) -> Opened | None:
    try:
        return opened(patient_id, sealed)
    except IdentityUnreadable:
        return None
