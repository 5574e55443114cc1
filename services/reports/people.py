"""Who patients are, as far as it can be read: a key that is gone costs that name alone."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from domain.errors import IdentityUnreadable
from services.vault import Contact, Person, VaultSession

Opened = TypeVar("Opened")

NOT_READABLE = "name not readable"
"""What stands in the place of a name, or of a record number, that cannot be read."""


class People:
    """The patients of a report by their random ids, opened as they are shown."""

    def __init__(
        self,
        session: VaultSession,
        sealed: Callable[[list[str]], Iterable[Any]],
        unreadable: set[str],
    ) -> None:
        """Take what returns the sealed identities of patients: rows of `patient_id` and `sealed`.

        The ids of those that are asked for and cannot be read are added to `unreadable`.
        """
        self._session = session
        self._sealed = sealed
        self._unreadable = unreadable
        self._known: dict[str, Person | None] = {}

    def load(self, patient_ids: Iterable[str | None]) -> None:
        """Open the identities of many patients at once, before they are asked for one by one."""
        missing = {each for each in patient_ids if each and each not in self._known}
        if missing:
            rows = list(self._sealed(sorted(missing)))
            self._session.load(row.patient_id for row in rows)
            for row in rows:
                self._known[row.patient_id] = _readable(self._session.open, *row)

    def has(self, patient_id: str) -> bool:
        """Tell whether the directory knows a patient: it follows the journal, and may be behind."""
        self.load([patient_id])
        return patient_id in self._known

    def identity(self, patient_id: str) -> Person | None:
        """Return who a patient is; None where that cannot be read."""
        self.load([patient_id])
        if (found := self._known[patient_id]) is None:
            self._unreadable.add(patient_id)
        return found

    def known(self, patient_id: str) -> Person | None:
        """Return who a patient is, without noting where that cannot be read."""
        self.load([patient_id])
        return self._known[patient_id]

    def name(self, patient_id: str) -> str:
        """Return a patient's name, given name first."""
        found = self.identity(patient_id)
        return f"{found.given_name} {found.family_name}" if found else NOT_READABLE

    def names(self, patient_ids: Iterable[str]) -> dict[str, str]:
        """Return the names of those of these patients who are there, by their ids."""
        asked = sorted(set(patient_ids))
        self.load(asked)
        return {each: self.name(each) for each in asked if each in self._known}

    def mrn(self, patient_id: str) -> str:
        """Return a patient's record number, or what tells them apart where it cannot be read."""
        found = self.identity(patient_id)
        return found.mrn if found else f"{NOT_READABLE} ({patient_id[-8:]})"

    def contact(self, patient_id: str, sealed: str) -> Contact | None:
        """Return who somebody close to a patient is; None where that cannot be read."""
        return _readable(self._session.open_contact, patient_id, sealed)


def unreadable_note(count: int) -> str:
    """Say that the names of some patients could not be read, and what to do."""
    whose = "1 patient's name" if count == 1 else f"{count} patients' names"
    return (
        f"{whose} could not be read, since the key is missing from the vault or belongs to"
        " another patient; unless it was deleted on purpose, restore the table vault.patient_keys"
        " from a backup"
    )


def _readable(opened: Callable[[str, str], Opened], patient_id: str, sealed: str) -> Opened | None:
    try:
        return opened(patient_id, sealed)
    except IdentityUnreadable:
        return None
