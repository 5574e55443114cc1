"""What the roots of a log say against its heads: which rows are wrong, how sure, between what.

Where the rows that are there now give the root of a head, each of them is as it was sealed: what
else is wrong is wrong with the tree. Where the stored leaves give it, they name the wrong rows.
Where neither does, both were made anew, and all that shows is between which heads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from services.audit.tree.merkle import Hash
from services.audit.verification.given_heads import GivenHead
from services.audit.verification.key_succession import NOT_SIGNED
from services.audit.verification.leaf_check import HeadHere
from services.audit.verification.leaf_faults import LeafFault, Wrong
from services.audit.verification.report import MOST_TOLD, Fault, counted, one_of
from services.audit.verification.stretches import LogChecked


@dataclass(frozen=True, slots=True)
class Point:
    """A head that counts, and whether leaves and rows give its root; None: it cannot be told.

    `where` is where it was held; None for one that is here.
    """

    size: int
    root: Hash
    where: str | None
    sealed: bool | None
    rows: bool | None

    @property
    def name(self) -> str:
        """What it is called."""
        return f"the head of {self.size:,}" + (f" ({self.where})" if self.where else "")


@dataclass(frozen=True)
class LogVerdict:
    """Judges a log that was checked; `unit` is what its rows are called."""

    checked: LogChecked
    held: Sequence[GivenHead]
    unit: str = "events"

    @cached_property
    def points(self) -> list[Point]:
        """The heads that count, the smallest first; heads that cover more than is here are none."""
        here = [(each.size, each.root, None) for each in self.checked.heads if not each.problem]
        held = [(each.head.size, each.head.root, each.where) for each in self.held]
        points = [
            Point(size, root, where, *(self._fits(size, root, of) for of in self._roots))
            for size, root, where in (*here, *held)
            if 0 < size <= self.checked.size
        ]
        return sorted(points, key=lambda point: (point.size, point.where or ""))

    @property
    def goes_on_from(self) -> int:
        """The largest head that was held elsewhere and that the rows still have, in leaves."""
        held = (each for each in self.held if each.is_witness and self.holds(each))
        return max((each.head.size for each in held), default=0)

    def holds(self, held: GivenHead) -> bool:
        """Tell whether the rows still give the root of a head that was held elsewhere."""
        return bool(self._fits(held.head.size, held.head.root, self.checked.rows))

    def faults(self) -> list[Fault]:
        """Return all that is wrong, what is wrong with rows first, in their order."""
        rows = self._wrong_rows()
        if not rows:
            rows = self._made_anew()
        return [*rows, *self._cut_off(), *self._other_histories(), *self._tree()]

    @property
    def _roots(self) -> tuple[dict[int, Hash], dict[int, Hash]]:
        return self.checked.sealed, self.checked.rows

    @staticmethod
    def _fits(size: int, root: Hash, roots: dict[int, Hash]) -> bool | None:
        return roots[size] == root if size in roots else None

    @cached_property
    def _whole(self) -> int:
        """How many rows are as they were sealed for certain, from the first on.

        A head from outside outweighs those that are here, which a thief of the key can sign.
        """
        odd = min(
            (each.size for each in self.points if each.where and each.rows is False), default=0
        )
        fitting = (each.size for each in self.points if each.rows and (each.size < odd or not odd))
        return max(fitting, default=0)

    def _between(self, leaf: int) -> tuple[int | None, int | None]:
        """Return the sizes of the heads before a leaf and from it on."""
        sizes = [each.size for each in self.points]
        before = max((size for size in sizes if size <= leaf), default=None)
        return before, min((size for size in sizes if size > leaf), default=None)

    # Rows

    def _wrong_rows(self) -> list[Fault]:
        faults = [each for each in self.checked.faults if each.leaf >= self._whole]
        told = [self._wrong_row(each) for each in faults[:MOST_TOLD]]
        more = self.checked.wrong - len(self.checked.faults) + len(faults) - len(told)
        if told and more:
            says = f"not as sealed, too: {counted(more, self.unit)}"
            told.append(Fault(what="event", says=says))
        return told

    def _wrong_row(self, fault: LeafFault) -> Fault:
        covering = [each for each in self.points if each.size > fault.leaf and each.sealed]
        outside = next((each for each in covering if each.where), None)
        head = outside or next(iter(covering), None)
        between = self._between(fault.leaf)
        by = f"{head.name} has its leaf" if head else "only the leaf stored here says so"
        return Fault(
            what="event",
            says=f"{_said(fault)}; {by}, {between_words(between)}",
            event=fault.name,
            position=fault.position,
            sure=outside is not None,
            between=between,
        )

    def _made_anew(self) -> list[Fault]:
        """Tell where rows and leaves fit one another and not the heads from some size on."""
        odd = [each for each in self.points if each.rows is False and each.size > self._whole]
        if not odd:
            return []
        head = next((each for each in odd if each.where), odd[0])
        says = (
            f"one or more of the {self.unit} {self._whole + 1:,} to {head.size:,} are not as"
            f" {head.name} has them, and the tree here was made to fit them: which of them, cannot"
            " be told from here"
        )
        if any(each.rows and each.size > self._whole for each in self.points):
            says += "; heads here are signed for it all the same: somebody else has the key"
        return [
            Fault(
                what="event",
                says=says,
                sure=head.where is not None,
                between=(self._whole or None, head.size),
            )
        ]

    def _cut_off(self) -> Iterator[Fault]:
        """Tell of heads that cover more than is here."""
        for each in self.held:
            if each.head.size > self.checked.size:
                lost = each.head.size - self.checked.size
                yield Fault(
                    what="event",
                    says=f"the head of {each.head.size:,} ({each.where}) covers"
                    f" {counted(lost, self.unit)} more than are sealed here: the end was cut off,"
                    " or an older database was put back",
                    sure=True,
                    between=(self.checked.size, each.head.size),
                )

    def _other_histories(self) -> Iterator[Fault]:
        """Tell of heads that were signed for another history than that of the rows."""
        roots: dict[int, Point] = {}
        for each in self.points:
            other = roots.setdefault(each.size, each)
            if other.root != each.root:
                yield Fault(
                    what="head",
                    says=f"two heads of {each.size:,} are signed and differ"
                    f" ({other.where or 'here'}, {each.where or 'here'}): the key signed two"
                    " histories",
                    sure=True,
                    between=(each.size, each.size),
                )
            elif each.rows is False and each.size <= self._whole:
                yield Fault(
                    what="head",
                    says=f"{each.name} is of another history than the heads after it",
                    sure=each.where is not None,
                    between=(each.size, self._whole),
                )

    # The tree itself

    def _tree(self) -> Iterator[Fault]:
        checked = self.checked
        for leaf in [each for each in checked.faults if each.leaf < self._whole][:MOST_TOLD]:
            yield Fault(
                what="tree",
                says=f"the leaf stored for position {leaf.position} is not the"
                f" {one_of(self.unit)}'s, which is as it was sealed",
                event=leaf.name,
                position=leaf.position,
                between=self._between(leaf.leaf),
            )
        odd = next((each for each in self.points if each.sealed is False), None)
        if odd and self.checked.faults:
            yield Fault(
                what="tree",
                says=f"the leaves stored here do not give the root of {odd.name}",
                between=(None, odd.size),
            )
        yield from (Fault(what="tree", says=each) for each in checked.damaged)
        unsound = [each for each in checked.heads if each.problem and not self._is_covered(each)]
        for head in unsound[:MOST_TOLD]:
            yield Fault(
                what="head",
                says=f"the head of {head.size:,} that is stored here does not count:"
                f" {head.problem}",
                between=(None, head.size),
            )
        if len(unsound) > MOST_TOLD:
            more = len(unsound) - MOST_TOLD
            yield Fault(what="head", says=f"nor do {counted(more, 'heads')} more")
        covered = max((each.size for each in checked.heads), default=0)
        if checked.heads and covered < checked.size:
            yield Fault(
                what="head",
                says=f"a head was deleted: none covers what is stored here after {covered:,}",
                between=(covered, None),
            )

    def _is_covered(self, head: HeadHere) -> bool:
        """Tell whether a head of an unknown key says nothing that a later one does not."""
        fits = self.checked.rows.get(head.size) == head.root
        return head.problem == NOT_SIGNED and fits and head.size < self._whole


def _said(fault: LeafFault) -> str:
    match fault.wrong:
        case Wrong.CHANGED:
            return f"{fault.name} at position {fault.position} is not as it was sealed"
        case Wrong.ADDED:
            return f"{fault.name} at position {fault.position} was put in after it was sealed"
        case Wrong.MOVED:
            return (
                f"{fault.name} was sealed at position {fault.position} and stands at"
                f" {fault.stands_at}"
            )
        case Wrong.MISSING:
            named = f", {fault.name}," if fault.name else ""
            return f"what was sealed at position {fault.position}{named} is not there"


def between_words(between: tuple[int | None, int | None]) -> str:
    """Say between the heads of which sizes something is."""
    before, after = between
    if after is None:
        return f"after the head of {before:,}" if before else "before any head"
    since = f"{before:,}" if before else "none"
    return f"between the heads of {since} and {after:,}"
