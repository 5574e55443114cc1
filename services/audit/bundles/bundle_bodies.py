"""The bodies of a bundle, held against the leaves that hash them."""

from hashlib import sha256

from services.audit.bundles import bundle_files as files
from services.audit.bundles.bundle_files import BundleFiles, FileFaulty
from services.audit.bundles.bundle_leaves import BundleLeaf, Places
from services.audit.verification.report import MOST_TOLD, Fault, Section


class Bodies:
    """Takes the bodies line by line, each with its leaf."""

    def __init__(self, bundle: BundleFiles, places: Places) -> None:
        self.places = places
        self._lines = bundle.lines(files.EVENTS)
        self._withheld, self._wrong = 0, 0
        self._faults: list[Fault] = []

    def check(self, leaf: BundleLeaf, place: int | None) -> None:
        """Take the next line, which is of this leaf, and where the leaf is in the log, from 1."""
        if (body := self._next()) is None:
            self._add(self.places.fault(leaf, place, f"the body of {leaf.named} is missing"))
        elif not body:
            self._withheld += 1
        elif sha256(body).hexdigest() != leaf.digest:
            says = f"the body of {leaf.named} is not what was sealed"
            self._add(self.places.fault(leaf, place, says))

    def section(self, count: int) -> Section:
        """Return what was found of so many."""
        here = count - self._withheld - self._wrong
        if self._next() is not None:
            self._add(Fault(what="event", says=f"{files.EVENTS} has more lines than leaves"))
        says = [f"{here:,}, as they were sealed"]
        if self._withheld:
            says.append(f"{self._withheld:,} are withheld: their places are proved")
        if self._wrong > len(self._faults):
            says.append(f"{self._wrong:,} are not; the first {MOST_TOLD} of them:")
        return Section("bodies", says, self._faults, is_note=self._withheld > 0)

    def _next(self) -> bytes | None:
        try:
            return next(self._lines, None)
        except FileFaulty as why:
            self._add(Fault(what="event", says=str(why)))
            return None

    def _add(self, fault: Fault) -> None:
        self._wrong += 1
        if len(self._faults) < MOST_TOLD:
            self._faults.append(fault)
