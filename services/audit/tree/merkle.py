"""The Merkle tree of a log, over SHA-256: roots, and proofs of inclusion and of consistency.

Hashes, tree and proofs are those of RFC 6962, section 2.1; the algorithms that check proofs are
those of RFC 9162, sections 2.1.3.2 and 2.1.4.2. A subtree is *complete* where it has 2^level leaves
and begins at a multiple of that; it is named by its level and its number there, from the left.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

Hash = bytes
"""A SHA-256 hash: 32 bytes."""

NodeAt = Callable[[int, int], Hash]
"""Returns the hash of a complete subtree, by its level (0: a leaf) and its number there."""

EMPTY_ROOT: Hash = sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(entry: bytes) -> Hash:
    """Return the hash of a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: Hash, right: Hash) -> Hash:
    """Return the hash of a node over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The tree over the leftmost leaves, kept as the roots of its complete subtrees.

    A new one has no leaves; one that is stored goes on from its `size` and its `peaks`, the roots
    of the complete subtrees of that size, the largest first.
    """

    def __init__(self, size: int = 0, peaks: Iterable[Hash] = ()) -> None:
        """Raise ValueError where there are not as many peaks as a tree of that size has."""
        self.size = size
        self._peaks = list(peaks)
        if len(self._peaks) != size.bit_count():
            message = f"a tree of {size} leaves has {size.bit_count()} peaks"
            raise ValueError(message)

    @property
    def peaks(self) -> tuple[Hash, ...]:
        """The roots of the complete subtrees, the largest first."""
        return tuple(self._peaks)

    def append(self, leaf: Hash) -> None:
        """Add a leaf, by its hash."""
        self.append_subtree(0, leaf)

    def extend(self, leaves: Iterable[Hash]) -> None:
        """Add leaves, by their hashes."""
        for leaf in leaves:
            self.append_subtree(0, leaf)

    def append_subtree(self, level: int, root: Hash) -> None:
        """Add 2^level leaves by the root over them.

        Raises ValueError where as many leaves do not make a complete subtree here.
        """
        if self.size & ((1 << level) - 1):
            message = f"no complete subtree of level {level} begins at leaf {self.size}"
            raise ValueError(message)
        left = self.size >> level
        while left & 1:
            root = node_hash(self._peaks.pop(), root)
            left >>= 1
        self._peaks.append(root)
        self.size += 1 << level

    def root(self) -> Hash:
        """Return the root of the tree over all leaves so far."""
        return _joined(self._peaks) if self._peaks else EMPTY_ROOT

    def root_with(self, right: Hash) -> Hash:
        """Return the root of the tree over all leaves so far and others to their right.

        `right` is the root over those; there are fewer than the smallest peak has, or as many.
        """
        return _joined([*self._peaks, right])


def root_of(hashes: Sequence[Hash]) -> Hash:
    """Return the root of the tree over leaves, by their hashes."""
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        # An odd one out is its own root until something stands to its left.
        level = above + level[len(above) * 2 :]
    return level[0]


def inclusion_proof(index: int, size: int, node_at: NodeAt) -> list[Hash]:
    """Return the proof that a leaf is in the tree of the first `size` leaves: PATH of RFC 6962.

    Raises ValueError where there is no such leaf in it.
    """
    if not 0 <= index < size:
        message = f"a tree of {size} leaves has none of number {index}"
        raise ValueError(message)
    proof: list[Hash] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _largest_power_below(end - begin)
        if index < middle:
            proof.append(_root_between(middle, end, node_at))
            end = middle
        else:
            proof.append(_root_between(begin, middle, node_at))
            begin = middle
    return proof[::-1]


def consistency_proof(first: int, second: int, node_at: NodeAt) -> list[Hash]:
    """Return the proof that the tree of `second` leaves goes on from that of `first`: PROOF.

    Raises ValueError unless 0 < first <= second: every tree goes on from the empty one.
    """
    if not 0 < first <= second:
        message = f"no proof leads from a tree of {first} leaves to one of {second}"
        raise ValueError(message)
    proof: list[Hash] = []
    begin, end, is_known = 0, second, True
    while first != end:
        middle = begin + _largest_power_below(end - begin)
        if first <= middle:
            proof.append(_root_between(middle, end, node_at))
            end = middle
        else:
            proof.append(_root_between(begin, middle, node_at))
            begin, is_known = middle, False
    if not is_known:
        proof.append(_root_between(begin, end, node_at))
    return proof[::-1]


def verify_inclusion(leaf: Hash, index: int, size: int, proof: Sequence[Hash], root: Hash) -> bool:
    """Tell whether a proof shows that a leaf, by its hash, is in the tree with this root."""
    if not 0 <= index < size or {len(leaf), len(root)} != {len(EMPTY_ROOT)}:
        return False
    number, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            found = node_hash(each, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, each)
        number, last = number >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(
    first: int, first_root: Hash, second: int, second_root: Hash, proof: Sequence[Hash]
) -> bool:
    """Tell whether a proof shows that the second tree goes on from the first.

    Nothing shows that of an empty first tree, since whatever there is goes on from it.
    """
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    nodes = list(proof)
    if first.bit_count() == 1:
        nodes.insert(0, first_root)
    if not nodes:
        return False
    number, last = first - 1, second - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old = new = nodes[0]
    for each in nodes[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            new = node_hash(new, each)
        number, last = number >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _largest_power_below(count: int) -> int:
    """Return the largest power of two that is smaller than a count of two or more."""
    return 1 << ((count - 1).bit_length() - 1)


def _root_between(begin: int, end: int, node_at: NodeAt) -> Hash:
    """Return the root over leaves from a multiple of the power of two that is not below them."""
    found: list[Hash] = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        found.append(node_at(level, begin >> level))
        begin += 1 << level
    return _joined(found)


def _joined(peaks: Sequence[Hash]) -> Hash:
    """Return the root over complete subtrees that stand side by side, the largest first."""
    *lefts, root = peaks
    for left in reversed(lefts):
        root = node_hash(left, root)
    return root
