"""Checking a bundle, or the proof of an event, with nothing but what is in it and whose keys count.

No engine is asked, and the manifest is not believed. Memory does not grow with the bundle.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import orjson
from cryptography.x509 import Certificate

from services.audit.bundles import bundle_files as files
from services.audit.bundles.bundle_bodies import Bodies
from services.audit.bundles.bundle_continued import Continuation, is_shared, read
from services.audit.bundles.bundle_files import BundleFiles, FileFaulty
from services.audit.bundles.bundle_leaves import BundleLeaf, LeafUnsound, Places, WholeLeaves
from services.audit.bundles.bundle_timestamps import bundle_timestamps, stamped_sizes
from services.audit.bundles.proof_file import ProofUnsound, TlogProof, hashes_of
from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.policy_file import NONE, SealPolicy
from services.audit.notes.signed_note import NoteUnsound, SignedNote
from services.audit.tree.merkle import Hash, leaf_hash, verify_consistency, verify_inclusion
from services.audit.verification.given_heads import GivenHead
from services.audit.verification.report import MOST_TOLD, Fault, Section, VerifyReport

PROOF_SUFFIX = ".tlog-proof"


@dataclass(frozen=True, slots=True)
class _Signed:
    """A head whose signatures were checked, and whether the policy's witnesses cosigned it."""

    head: Checkpoint
    is_witnessed: bool
    says: str


def verify_bundle(
    path: Path,
    policy: SealPolicy,
    given: Sequence[GivenHead] = (),
    *,
    at_least: int = 0,
    trusted: Sequence[Certificate] = (),
    on_progress: Callable[[int], None] = lambda _: None,
) -> VerifyReport:
    """Return what is sound in a bundle (a folder or a .zip), and what is not.

    Timestamps count that authorities with `trusted` certificates gave. Raises NoBundle where there
    is none at the path.
    """
    return _Verification(BundleFiles(path), policy, trusted).report(given, at_least, on_progress)


class _Verification:
    def __init__(
        self, bundle: BundleFiles, policy: SealPolicy, trusted: Sequence[Certificate]
    ) -> None:
        self._bundle, self._policy, self._trusted = bundle, policy, trusted
        self._roots: dict[int, Hash] = {}
        self._parted: list[Continuation] = []
        self._witnessed = 0

    def report(
        self, given: Sequence[GivenHead], at_least: int, on_progress: Callable[[int], None]
    ) -> VerifyReport:
        """Return what was found, section by section."""
        try:
            note = self._bundle.whole(files.CHECKPOINT)
            signed = _signed(note, self._policy)
        except (NoteUnsound, FileFaulty) as why:
            return VerifyReport([_unsound("head", "head", f"the head is not sound: {why}")])
        head = signed.head
        self._roots[head.size] = head.root
        self._witnessed = head.size if signed.is_witnessed else 0
        places = Places(head.size, [*(each.head.size for each in given), *self._earlier_size()])
        wanted = {*places.sizes, *stamped_sizes(self._bundle)} - {head.size}
        is_part = self._bundle.has(files.PROOFS)
        bodies = Bodies(self._bundle, places)
        read = self._part if is_part else partial(self._whole, wanted)
        sections = [
            *read(head, bodies, on_progress),
            Section("head", [signed.says]),
            *self._continued(),
            *self._earlier(head, note),
            *(self._held(each, head) for each in given),
            *bundle_timestamps(self._bundle, head.origin, self._roots, self._trusted),
        ]
        return VerifyReport(sections, head.size, self._witnessed, at_least)

    def _whole(
        self, wanted: set[int], head: Checkpoint, bodies: Bodies, on_progress: Callable[[int], None]
    ) -> Iterator[Section]:
        """Check that the leaves are all that the head has, that tiles and bodies are theirs."""
        leaves = WholeLeaves(self._bundle, head, bodies.places)
        try:
            for leaf in leaves.read():
                bodies.check(leaf, leaf.number)
                if leaf.number in wanted:
                    self._roots[leaf.number] = leaves.root()
                if leaf.number % files.TILE_WIDTH == 0:
                    on_progress(leaf.number)
            faults = leaves.finish()
        except (FileFaulty, LeafUnsound) as why:
            faults = [Fault(what="tree", says=str(why))]
        says = f"{leaves.size:,} events, none left out up to this head"
        if faults:
            says = f"{leaves.size:,} events, which are not what was signed"
        yield Section("whole", [says], faults)
        yield bodies.section(leaves.size)

    def _part(
        self, head: Checkpoint, bodies: Bodies, on_progress: Callable[[int], None]
    ) -> Iterator[Section]:
        """Check that each leaf is in the log at its place, and that the bodies are theirs."""
        faults, count, last = list[Fault](), 0, 0
        try:
            proofs = self._bundle.lines(files.PROOFS)
            for leaf in BundleLeaf.all_of(self._bundle):
                count = leaf.number
                place = _place_of(leaf, next(proofs, b""), head)
                bodies.check(leaf, place)
                if place is None:
                    says = f"{leaf.named} is not in the log where its proof says"
                    faults.append(bodies.places.fault(leaf, place, says))
                elif leaf.position <= last:
                    says = f"{leaf.named} does not come after position {last}"
                    faults.append(bodies.places.fault(leaf, place, says))
                last = leaf.position
                if count % files.TILE_WIDTH == 0:
                    on_progress(count)
            if next(proofs, None) is not None:
                faults.append(Fault(what="tree", says=f"{files.PROOFS} has more lines than leaves"))
        except (FileFaulty, LeafUnsound) as why:
            faults.append(Fault(what="tree", says=str(why)))
        says = f"{count:,} events, each of them in the log of {head.size:,}"
        if faults:
            says = f"{count:,} events, not all of which are in the log of {head.size:,}"
        more = "it does not show whether any was left out"
        yield Section("part", [says, more], faults[:MOST_TOLD], is_note=True)
        yield bodies.section(count)

    def _earlier_size(self) -> Iterator[int]:
        """Yield the size of the head that was signed before, if the bundle has one."""
        with suppress(NoteUnsound, FileFaulty):
            note = SignedNote.parse(self._bundle.whole(files.EARLIER))
            yield Checkpoint.parse(note.text).size

    def _continued(self) -> Iterator[Section]:
        """Say where the log was continued with another tree, if it was."""
        try:
            self._parted = read(self._bundle, self._policy)
        except (NoteUnsound, FileFaulty) as why:
            yield _unsound("continued", "head", str(why))
        if self._parted:
            yield Section("continued", [each.says for each in self._parted], is_note=True)

    def _earlier(self, head: Checkpoint, note: bytes) -> Iterator[Section]:
        """Check that the head goes on from the earlier one that is in the bundle."""
        if not self._bundle.has(files.EARLIER):
            return
        try:
            signed = _signed(self._bundle.whole(files.EARLIER), self._policy, quorum=False)
            if not is_shared(signed.head, head.origin, self._parted):
                raise ProofUnsound(f"{files.EARLIER} is a head of another log")
            _check_goes_on(signed.head, head, note, self._bundle.whole(files.GOES_ON))
        except (NoteUnsound, FileFaulty, ProofUnsound) as why:
            yield _unsound("earlier", "head", str(why))
            return
        size = signed.head.size
        self._roots[size] = signed.head.root
        if signed.is_witnessed:
            self._witnessed = max(self._witnessed, size)
        yield Section("earlier", [f"{size:,}: the log goes on from it"])

    def _held(self, given: GivenHead, head: Checkpoint) -> Section:
        """Check that the log goes on from a head that was held elsewhere."""
        where, kept = given.where, given.head
        if not is_shared(kept, head.origin, self._parted):
            says = f"{where} is a head of {kept.origin}, from which this log does not go on"
            return _unsound("held", "head", says)
        if (root := self._roots.get(kept.size)) is None:
            says = f"{where}: nothing here shows whether the log goes on from {kept.size:,}"
            return _unsound("held", "head", says)
        if root != kept.root:
            says = f"{where}: the head of {kept.size:,} is of another history"
            return Section("held", [], [Fault(what="head", says=says, sure=True)])
        self._witnessed = max(self._witnessed, kept.size)
        return Section("held", [f"{kept.size:,} ({where}): the log goes on from it"])


def verify_proof(path: Path, policy: SealPolicy) -> VerifyReport:
    """Return what is sound in a .tlog-proof, with the leaf and the body that stand beside it.

    Raises FileFaulty where the proof or the leaf is missing.
    """
    try:
        proof = TlogProof.parse(_read(path))
        head = _signed(proof.note, policy).head
    except (ProofUnsound, NoteUnsound) as why:
        return VerifyReport([_unsound("head", "head", str(why))])
    entry = _read(path.with_suffix(".leaf")).removesuffix(b"\n")
    try:
        leaf = BundleLeaf.parse(entry, proof.index + 1)
    except LeafUnsound as why:
        return VerifyReport([_unsound("event", "event", str(why))], head.size)
    faults = []
    if not verify_inclusion(leaf_hash(entry), proof.index, head.size, proof.hashes, head.root):
        faults.append(_fault(leaf, f"{leaf.named} is not in the log at its place"))
    says, body = "withheld: its place is proved", path.with_suffix(".json")
    if body.is_file():
        says = "as it was sealed"
        if sha256(_read(body)).hexdigest() != leaf.digest:
            says = "not as it was sealed"
            faults.append(_fault(leaf, f"the body of {leaf.named} is not what was sealed"))
    sections = [
        Section("event", [f"{leaf.named}, {leaf.topic}"], faults),
        Section("body", [says]),
        Section("head", [f"{head.origin}, {head.size:,} leaves, signed"]),
    ]
    return VerifyReport(sections, head.size)


def _signed(note: bytes, policy: SealPolicy, *, quorum: bool = True) -> _Signed:
    """Return the head of a note that a log's key signed. Raises NoteUnsound."""
    parsed = SignedNote.parse(note)
    head = Checkpoint.parse(parsed.text)
    if not policy.signed_by_log(parsed):
        raise NoteUnsound(f"the head of {head.origin} is not signed by a key that was given")
    cosigned = sorted(each.name for each in policy.cosigners(parsed))
    has_quorum = policy.has_quorum(cosigned)
    if quorum and not has_quorum:
        raise NoteUnsound("the head is not cosigned as the policy asks")
    by = f", cosigned by {', '.join(cosigned)}" if cosigned else ", held here only"
    says = f"{head.origin}, {head.size:,} leaves, signed{by}"
    return _Signed(head, has_quorum and policy.quorum != NONE, says)


def _place_of(leaf: BundleLeaf, line: bytes, head: Checkpoint) -> int | None:
    """Return the place of a leaf, from 1, if a line of proofs shows that it is there."""
    try:
        said = orjson.loads(line)
        index, hashes = said["index"], hashes_of([str(each) for each in said["proof"]])
    except (orjson.JSONDecodeError, KeyError, TypeError, ProofUnsound):
        return None
    is_there = isinstance(index, int) and verify_inclusion(
        leaf_hash(leaf.entry), index, head.size, hashes, head.root
    )
    return index + 1 if is_there else None


def _check_goes_on(earlier: Checkpoint, head: Checkpoint, note: bytes, asked: bytes) -> None:
    """Raise ProofUnsound unless a request to a witness shows that a head goes on from another."""
    said, gap, of = asked.partition(b"\n\n")
    old, *proof = said.decode("utf-8", "replace").split("\n")
    if not gap or of != note or old != f"old {earlier.size}":
        raise ProofUnsound(f"{files.GOES_ON} is not of the two heads that are here")
    ends = (earlier.size, earlier.root, head.size, head.root)
    if not verify_consistency(*ends, hashes_of(proof)):
        raise ProofUnsound(f"the log does not go on from {files.EARLIER}")


def _fault(leaf: BundleLeaf, says: str) -> Fault:
    return Fault(what="event", says=says, event=leaf.event, position=leaf.position, sure=True)


def _unsound(section: str, what: str, says: str) -> Section:
    return Section(section, [], [Fault(what=what, says=says)])


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise FileFaulty(f"{path.name} is missing")
    return path.read_bytes()
