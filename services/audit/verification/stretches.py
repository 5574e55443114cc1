"""A whole sealed log, checked stretch by stretch on several cores, and put together again."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat
from multiprocessing import get_context

from services.audit.notes.policy_file import SealPolicy
from services.audit.notes.signed_note import VerifierKey
from services.audit.tree.merkle import Frontier, Hash, root_of
from services.audit.tree.sealed_logs import SEALED_LOGS
from services.audit.tree.seals import TILE, Connection
from services.audit.tree.stored_tiles import MOST_DAMAGED, place_before, upper_tile
from services.audit.verification.key_succession import judged
from services.audit.verification.leaf_check import (
    STRETCH,
    STRETCH_LEVEL,
    HeadHere,
    Roots,
    Stretch,
    StretchFound,
    check_stretch,
    rows_of,
)
from services.audit.verification.leaf_faults import MOST, LeafFault, with_moves
from services.audit.verification.record_times import RecordTimes
from services.audit.verification.shared_snapshot import SharedSnapshot

UPPER = 2
"""The level of the tiles that have the roots of stretches."""

ALONE_UP_TO = 2 * STRETCH
"""Leaves up to which one process is quicker than to start several."""


@dataclass(slots=True)
class LogChecked:
    """What a whole log came to.

    `sealed` and `rows` have the roots of trees by their sizes: by the leaves that are stored, and
    by the rows that are there now. A size that is missing could not be worked out. Of the heads
    that are here there are those around what is wrong, and of each stretch the first and the last.
    """

    size: int
    sealed: dict[int, Hash] = field(default_factory=dict)
    rows: dict[int, Hash] = field(default_factory=dict)
    faults: list[LeafFault] = field(default_factory=list)
    wrong: int = 0
    damaged: list[str] = field(default_factory=list)
    heads: list[HeadHere] = field(default_factory=list)
    times: RecordTimes = field(default_factory=RecordTimes)


@dataclass(frozen=True, slots=True)
class LogAsked:
    """Which tree is checked: of a log, under an origin, so many leaves.

    `sizes` are those of heads from outside. What the policy does not name may be signed by a key of
    `successors`, once a head says that it follows one that counts.
    """

    log: str
    origin: str | None
    size: int
    sizes: tuple[int, ...]
    policy: SealPolicy
    successors: tuple[VerifierKey, ...] = ()

    def stretches(self) -> Iterator[Stretch]:
        """Yield the stretches that make it up."""
        for first in range(0, self.size, STRETCH):
            end = min(first + STRETCH, self.size)
            sizes = tuple(each for each in self.sizes if first < each <= end)
            yield Stretch(self.log, self.origin, first, end, sizes, self._keys(end))

    def _keys(self, size: int) -> tuple[VerifierKey, ...]:
        if self.origin is None:
            return ()
        public = {each.public: each for each in self.policy.keys_of(self.origin, size)}
        public |= {each.public: each for each in self.policy.keys_of(self.origin, 0)}
        for each in self.successors:
            public.setdefault(each.public, VerifierKey(self.origin, each.kind, each.public))
        return tuple(public.values())


def check_log(
    snapshot: SharedSnapshot,
    asked: LogAsked,
    on_progress: Callable[[int], None] = lambda _: None,
) -> LogChecked:
    """Check a log as it was at a moment; `on_progress` is told how many leaves are checked."""
    done = LogChecked(asked.size)
    joined = _Joined(done, asked)
    for found in _each_found(snapshot, list(asked.stretches())):
        joined.take(found)
        on_progress(found.stretch.end)
    if asked.origin is not None:
        done.heads = list(judged(asked.origin, done.heads, asked.policy))
        if len(joined.whole) == asked.size // STRETCH:
            done.damaged += _upper_damage(snapshot.conn, asked.origin, joined.whole)
    if done.faults:
        _, last = place_before(snapshot.conn, asked.origin, asked.size)
        after = SEALED_LOGS[asked.log].after(snapshot.conn, last, MOST)
        faults = with_moves(done.faults, list(rows_of(after)))
        done.wrong -= len(done.faults) - len(faults)
        done.faults = faults
    return done


def _each_found(snapshot: SharedSnapshot, stretches: Sequence[Stretch]) -> Iterator[StretchFound]:
    asked = repeat(snapshot.database_url), repeat(snapshot.name), stretches
    workers = min(len(os.sched_getaffinity(0)), len(stretches))
    if workers < 2 or stretches[-1].end <= ALONE_UP_TO:
        yield from map(check_stretch, *asked)
        return
    # Not a fork: there are threads and connections here.
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_leave_interrupts) as pool:
        try:
            yield from pool.map(check_stretch, *asked)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _upper_damage(conn: Connection, origin: str, roots: Sequence[Hash]) -> Iterator[str]:
    """Yield what is wrong with the tiles over whole stretches, by their roots, level by level."""
    level = UPPER
    while roots:
        for number in range(-(-len(roots) // TILE)):
            below = b"".join(roots[number * TILE : (number + 1) * TILE])
            if upper_tile(conn, origin, level, number) != below:
                yield f"tile {number} of level {level} has not the roots below it"
        whole = range(0, len(roots) - TILE + 1, TILE)
        roots = [root_of(roots[first : first + TILE]) for first in whole]
        level += 1


def _leave_interrupts() -> None:
    """Leave an interrupt to the process that started this one, which ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class _Joined:
    """Joins what was found in stretches, in their order."""

    def __init__(self, done: LogChecked, asked: LogAsked) -> None:
        self._done = done
        self._given = frozenset(asked.sizes)
        self._sealed: Frontier | None = Frontier()
        self._rows: Frontier | None = Frontier()
        self.whole: list[Hash] = []
        """The roots of whole stretches, by their leaves: 32 bytes for 65,536 of these."""

    def take(self, found: StretchFound) -> None:
        """Take in the next stretch."""
        done = self._done
        sealed, self._sealed = _joined(self._sealed, found.stretch, found.sealed)
        rows, self._rows = _joined(self._rows, found.stretch, found.rows)
        if found.sealed and found.stretch.end - found.stretch.first == STRETCH:
            self.whole.append(found.sealed.whole)
        fits = all(
            not head.problem and sealed.get(head.size) == head.root == rows.get(head.size)
            for head in found.heads
        )
        signed = [head for head in found.heads if len(head.signers or ()) > 1]
        ends = [*found.heads[:1], *signed, *found.heads[-1:]]
        heads = {head.size: head for head in (ends if fits else found.heads)}
        kept = self._given | heads.keys() | {done.size}
        done.sealed |= {size: root for size, root in sealed.items() if size in kept}
        done.rows |= {size: root for size, root in rows.items() if size in kept}
        done.heads += [heads[size] for size in sorted(heads)]
        done.faults += found.faults[: MOST - len(done.faults)]
        done.wrong += found.wrong
        done.damaged += found.damaged[: MOST_DAMAGED - len(done.damaged)]
        done.times.join([found.times])


def _joined(
    before: Frontier | None, stretch: Stretch, found: Roots | None
) -> tuple[dict[int, Hash], Frontier | None]:
    """Return the roots of trees that end in a stretch, and the tree up to its end, if any."""
    if before is None or found is None:
        return {}, None
    roots = {size: before.root_with(root) for size, root in found.at.items()}
    if stretch.end - stretch.first == STRETCH:
        before.append_subtree(STRETCH_LEVEL, found.whole)
    return roots, before
