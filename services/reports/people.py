"""Who patients are, as far as it can be read: a key that is gone costs that name alone."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from domain.errors import IdentityUnreadable
from services.vault import Contact, Person, VaultSession

Opened = TypeVar("Opened")

NOT_READABLE = "name not readable"
"""What stands in the place of a name, or of a record number, that cannot be read."""

FORGOTTEN = "forgotten"
"""What stands there of a patient who was forgotten on purpose."""


class People:
    """The patients of a report by their random ids, opened as they are shown."""

    def __init__(
        self,
        session: VaultSession,
        sealed: Callable[[list[str]], Iterable[Any]],
        unreadable: set[str],
    ) -> None:
        """Take what returns identities: rows of `patient_id`, what is `sealed`, is it `forgotten`.

        The ids of those that are asked for and cannot be read, though nobody has forgotten them,
        are added to `unreadable`.
        """
        self._session = session
        self._sealed = sealed
        self._unreadable = unreadable
        self._known: dict[str, Person | None] = {}
        self._forgotten: set[str] = set()

    def load(self, patient_ids: Iterable[str | None]) -> None:
        """Open the identities of many patients at once, before they are asked for one by one."""
        missing = {each for each in patient_ids if each and each not in self._known}
        if missing:
            rows = list(self._sealed(sorted(missing)))
            self._forgotten |= {row.patient_id for row in rows if row.forgotten}
            self._session.load(row.patient_id for row in rows if not row.forgotten)
            for patient_id, sealed, forgotten in rows:
                self._known[patient_id] = (
                    None if forgotten else _readable(self._session.open, patient_id, sealed)
                )
            nameless = {each.patient_id for each in rows if not self._known[each.patient_id]}
            # What is shown may be of before they were forgotten, or the directory be behind.
            if unsure := nameless - self._forgotten:
                self._forgotten |= self._session.forgotten(unsure)

    def has(self, patient_id: str) -> bool:
        """Tell whether the directory knows a patient: it follows the journal, and may be behind."""
        self.load([patient_id])
        return patient_id in self._known

    def identity(self, patient_id: str) -> Person | None:
        """Return who a patient is; None where that cannot be read, or was forgotten."""
        self.load([patient_id])
        if (found := self._known.get(patient_id)) is None and patient_id not in self._forgotten:
            self._unreadable.add(patient_id)
        return found

    def known(self, patient_id: str) -> Person | None:
        """Return who a patient is, without noting where that cannot be read."""
        self.load([patient_id])
        return self._known.get(patient_id)

    def name(self, patient_id: str) -> str:
        """Return a patient's name, given name first."""
        found = self.identity(patient_id)
        return f"{found.given_name} {found.family_name}" if found else self.nameless(patient_id)

    def nameless(self, patient_id: str) -> str:
        """Return what stands in the place of a name that is not there."""
        return FORGOTTEN if patient_id in self._forgotten else NOT_READABLE

    def names(self, patient_ids: Iterable[str]) -> dict[str, str]:
        """Return the names of those of these patients who are there, by their ids."""
        asked = sorted(set(patient_ids))
        self.load(asked)
        return {each: self.name(each) for each in asked if each in self._known}

    def mrn(self, patient_id: str) -> str:
        """Return a patient's record number, or what tells them apart where it cannot be read."""
        found = self.identity(patient_id)
        return found.mrn if found else f"{self.nameless(patient_id)} ({patient_id[-8:]})"

    def contact(self, patient_id: str, sealed: str) -> Contact | None:
        """Return who somebody close to a patient is; None where that cannot be read."""
        return _readable(self._session.open_contact, patient_id, sealed)


def unreadable_note(count: int) -> str:
    """Say that the names of some patients could not be read, and what to do."""
    whose = "1 patient's name" if count == 1 else f"{count} patients' names"
    return (
        f"{whose} could not be read, since the key is missing from the vault or belongs to"
        " another patient: restore the table vault.patient_keys from a backup, or say on record"
        " that they are forgotten (daybook forget)"
    )


def _readable(opened: Callable[[str, str], Opened], patient_id: str, sealed: str) -> Opened | None:
    try:
        return opened(patient_id, sealed)
    except IdentityUnreadable:
        return None
