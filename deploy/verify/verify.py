#!/usr/bin/env python3
"""Checks a bundle of `daybook audit export`, or a proof of `daybook audit prove`, offline.

    python3 verify.py BUNDLE --key VKEY [--witness VKEY]... [--head FILE]...
    python3 verify.py NAME.tlog-proof --key VKEY [--witness VKEY]...

It needs Python 3.9 or newer and nothing else, and shares no code with Daybook. VKEY is a verifier
key (C2SP signed-note) that came another way than the bundle. Exit codes: 0 all is as it was signed,
1 it is not, 2 the command or its files are not what they have to be.
"""

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path

WIDTH = 256  # hashes of a tile (C2SP tlog-tiles)
LONGEST = 2_000_000  # bytes of a line or a tile, at most
FORMAT = "daybook/1"
LOG, WITNESS = b"\x01", b"\x04"  # kinds of keys (C2SP signed-note)


class Unsound(Exception):
    """Something is not as it was signed."""


class BadInput(Exception):
    """The command cannot be carried out."""


# Ed25519 (RFC 8032, section 5.1), verification alone

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def point_of(encoded):
    """Decode a point into extended coordinates; None where it is not on the curve."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def added(one, other):
    """Add two points (RFC 8032, section 5.1.4)."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    """Multiply a point."""
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = added(total, point)
        point, number = added(point, point), number >> 1
    return total


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(public, message, signature):
    """Tell whether an Ed25519 signature is of this message, by this key."""
    key, nonce = point_of(public), point_of(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or key is None or nonce is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    left = times(scalar, BASE)
    right = added(nonce, times(int.from_bytes(digest, "little") % ORDER, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (
        left[1] * right[2] - right[1] * left[2]
    ) % P == 0


# Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature)


def decoded(text, what, length=None):
    """Decode base64, which has to be written in the one way that there is."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        found = None
    if found is None or base64.b64encode(found).decode() != text:
        raise Unsound(f"{what} is not base64: {text[:60]!r}")
    if length not in (None, len(found)):
        raise Unsound(f"{what} has another length than {length} bytes: {text[:60]!r}")
    return found


class Key:
    """A verifier key: of a log (0x01), which signs checkpoints, or a witness's (0x04)."""

    def __init__(self, vkey, kind):
        vkey = vkey.strip()
        try:
            self.name, hexed, rest = vkey.split("+", 2)
            self.material = base64.b64decode(rest, validate=True)
        except (ValueError, binascii.Error):
            raise BadInput(f"this is no verifier key (NAME+ID+KEY): {vkey[:80]!r}") from None
        self.kind, self.public = self.material[:1], self.material[1:]
        if self.kind != kind or len(self.public) != 32:
            whose = "log" if kind == LOG else "witness"
            raise BadInput(f"the verifier key of {self.name} is not an Ed25519 key of a {whose}")
        if self.id_as(self.name).hex() != hexed:
            raise BadInput(f"the verifier key of {self.name} was copied wrongly: its id differs")

    def id_as(self, name):
        return hashlib.sha256(name.encode() + b"\n" + self.material).digest()[:4]

    def is_of(self, origin):
        """Tell whether a log is this key's: clinic.example/1, and /access below it, or .2 after."""
        below = origin[len(self.name) :]
        return origin.startswith(self.name) and below[:1] in ("", ".", "/")

    def has_signed(self, text, signature):
        if self.kind == LOG:
            return is_signed(self.public, text, signature)
        stamp = int.from_bytes(signature[:8], "big")
        return is_signed(self.public, b"cosignature/v1\ntime %d\n" % stamp + text, signature[8:])


class Note:
    """A text and the lines of its signatures."""

    def __init__(self, note, what):
        self.note, self.what = note, what
        text, gap, signed = note.rpartition(b"\n\n")
        self.text = text + b"\n"
        try:
            self.lines = self.text.decode().split("\n")
            self.signatures = [each.split(" ") for each in signed.decode().split("\n")]
        except UnicodeDecodeError:
            raise Unsound(f"{what} is not text") from None
        if not gap or self.signatures.pop() != [""]:
            raise Unsound(f"{what} is not a note: a text, an empty line, and signatures")

    def check_signed(self, origin, keys):
        """Raise Unsound unless a log's key signed it."""
        if not any(self.is_signed(key, origin) for key in keys if key.is_of(origin)):
            raise Unsound(f"{self.what} of {origin} is not signed by the key that was given")

    def is_signed(self, key, name):
        found = False
        for line in self.signatures:
            if len(line) != 3 or line[:2] != ["\u2014", name]:
                continue
            signature = decoded(line[2], f"a signature of {self.what}")
            if signature[:4] == key.id_as(name):
                if not key.has_signed(self.text, signature[4:]):
                    raise Unsound(f"{self.what} has a forged signature of {name}")
                found = True
        return found


class Checkpoint(Note):
    """A log's head: its origin, how many leaves it has, and the root of their tree."""

    def __init__(self, note, what):
        super().__init__(note, what)
        lines = self.lines
        shaped = len(lines) == 4 and re.fullmatch("0|[1-9][0-9]{0,18}", lines[1])
        if not shaped or not lines[0]:
            raise Unsound(f"{what} is not a checkpoint of three lines")
        self.origin, self.size, self.root = lines[0], int(lines[1]), decoded(lines[2], what, 32)

    def check(self, keys, witnesses=()):
        """Raise Unsound unless a log's key signed it, and each of the witnesses."""
        self.check_signed(self.origin, keys)
        for each in witnesses:
            if not self.is_signed(each, each.name):
                raise Unsound(f"{self.what} is not cosigned by {each.name}")


class Continued(Note):
    """What a log says that goes on with another tree after a restore (daybook/continued/1)."""

    def __init__(self, note, what):
        super().__init__(note, what)
        if len(self.lines) != 8 or self.lines[0] != "daybook/continued/1":
            raise Unsound(f"{what} is not of the form daybook/continued/1")
        _, self.origin, self.before, _, _, common, self.because, _ = self.lines
        self.common = int(common) if re.fullmatch("[0-9]{1,19}", common) else -1
        self.where = f"{self.common:,} leaves" if self.common >= 0 else "nobody knows how many"


# The Merkle tree (RFC 6962, section 2.1; RFC 9162, sections 2.1.3.2 and 2.1.4.2)


def leaf_hash(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes):
    """Return the root over one, two, four, ... hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(*hashes[i : i + 2]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def has_inclusion(leaf, index, size, proof, root):
    """Tell whether a proof leads from a leaf to the root (RFC 9162, section 2.1.3.2)."""
    if index >= size or len(leaf) != 32:
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


def has_consistency(first, first_root, second, second_root, proof):
    """Tell whether the second tree goes on from the first (RFC 9162, section 2.1.4.2)."""
    if first == second != 0:
        return not proof and first_root == second_root
    if not 0 < first < second or not proof:
        return False
    proof = proof if first & (first - 1) else [first_root, *proof]
    number, last = first - 1, second - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old = new = proof[0]
    for each in proof[1:]:
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


class Tree:
    """Builds a tree tile by tile, and holds each tile against the bundle's (C2SP tlog-tiles)."""

    def __init__(self, bundle):
        self.bundle, self.levels, self.done, self.entries, self.size = bundle, [[]], [0], [], 0

    def append(self, entry, named):
        self.entries.append(len(entry).to_bytes(2, "big") + entry)
        self.names = [*self.names, named] if self.size % WIDTH else [named]
        self._add(0, leaf_hash(entry))
        self.size += 1

    def _add(self, level, hashed):
        if level == len(self.levels):
            self.levels.append([])
            self.done.append(0)
        self.levels[level].append(hashed)
        if len(self.levels[level]) == WIDTH:
            self._check(level)
            root = root_of(self.levels[level])
            self.levels[level], self.done[level] = [], self.done[level] + 1
            self._add(level + 1, root)

    def _check(self, level):
        """Raise Unsound where the bundle has another tile than the leaves make."""
        hashes = self.levels[level]
        found = self.bundle.whole(tile_name(str(level), self.done[level], len(hashes)))
        if found != b"".join(hashes):
            if level == 0:
                for number, each in enumerate(hashes):
                    if found[number * 32 : number * 32 + 32] != each:
                        raise Unsound(f"{self.names[number]} is not the leaf that its tile has")
            raise Unsound(f"tile {self.done[level]} of level {level} is not what the leaves make")
        if level == 0:
            name = tile_name("entries", self.done[0], len(hashes))
            if self.bundle.whole(name) != b"".join(self.entries):
                raise Unsound(f"{name} is not what the leaves make")
            self.entries = []

    def check_last_tiles(self):
        for level, hashes in enumerate(self.levels):
            if hashes:
                self._check(level)

    def root(self):
        """Return the root over what was appended so far."""
        peaks = []
        for hashes in reversed(self.levels):
            at = 0
            for bit in reversed(range(8)):
                if len(hashes) >> bit & 1:
                    peaks.append(root_of(hashes[at : at + (1 << bit)]))
                    at += 1 << bit
        if not peaks:
            return hashlib.sha256().digest()
        found = peaks.pop()
        while peaks:
            found = node_hash(peaks.pop(), found)
        return found


def tile_name(level, number, width):
    """Return the path of a tile: 1234067 of level 0 is tile/0/x001/x234/067."""
    parts = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        parts.insert(0, f"x{number % 1000:03}")
    partial = f".p/{width}" if width < WIDTH else ""
    return f"tile/{level}/{'/'.join(parts)}{partial}"


# Bundles


class Bundle:
    """The files of a folder or of a .zip."""

    def __init__(self, path):
        try:
            self.root = zipfile.Path(path) if path.is_file() else path
        except zipfile.BadZipFile:
            raise BadInput(f"{path} is neither a folder, a .zip nor a .tlog-proof") from None
        if not self.has("checkpoint"):
            raise BadInput(f"there is no bundle in {path}: it has no file named checkpoint")

    def has(self, name):
        found = self.root.joinpath(name)
        return found.exists() and found.is_file()

    def whole(self, name):
        if not self.has(name):
            raise Unsound(f"{name} is missing")
        with self.root.joinpath(name).open("rb") as file:
            found = file.read(LONGEST + 1)
        if len(found) > LONGEST:
            raise Unsound(f"{name} is too long")
        return found

    def lines(self, name):
        """Yield the lines of a file without their ends, then None for ever."""
        if not self.has(name):
            raise Unsound(f"{name} is missing")
        with self.root.joinpath(name).open("rb") as file:
            number = 0
            while line := file.readline(LONGEST):
                number += 1
                if not line.endswith(b"\n"):
                    raise Unsound(f"line {number} of {name} does not end, or is too long")
                yield line[:-1]
        while True:
            yield None


class Leaf:
    """A line of leaves.jsonl: what a leaf of the tree says of its event."""

    def __init__(self, entry, where):
        try:
            said = json.loads(entry)
            form, self.position, self.of, self.version, self.topic, self.digest = said
            right = form == FORMAT and type(self.position) is type(self.version) is int
            right = right and all(type(each) is str for each in (self.of, self.topic, self.digest))
        except (ValueError, TypeError, RecursionError):
            right = False
        if not right:
            raise Unsound(f"{where} is not a leaf of the form {FORMAT}")
        self.name = f"{self.of}:{self.version} at position {self.position}"

    def check_body(self, body):
        if hashlib.sha256(body).hexdigest() != self.digest:
            raise Unsound(f"the body of {self.name} is not what was sealed")


def check_bundle(path, keys, witnesses, heads):
    """Yield what is sound in a bundle, line by line; raise Unsound where something is not."""
    bundle = Bundle(path)
    head = Checkpoint(bundle.whole("checkpoint"), "checkpoint")
    head.check(keys, witnesses)
    is_part = bundle.has("proofs.jsonl")
    roots, parted = {head.size: head.root}, all_continued(bundle, keys)
    events, withheld = check_leaves(bundle, head, is_part, {each.size for each in heads}, roots)
    if is_part:
        yield f"part         {events:,} events, each of them in the log of {head.size:,}"
        yield "             it does not show whether any was left out"
    else:
        yield f"whole        {events:,} events, none left out up to this head"
    if withheld:
        yield f"withheld     the bodies of {withheld:,} events: their places are proved"
    yield f"head         {head.origin}, {head.size:,} leaves, signed"
    for each in parted.values():
        yield f"continued    from {each.before} after {each.where}: {each.because}"
    for each in witnesses:
        yield f"witness      {each.name} cosigned it"
    if bundle.has("earlier.checkpoint"):
        earlier = Checkpoint(bundle.whole("earlier.checkpoint"), "earlier.checkpoint")
        earlier.check(keys)
        if not is_shared(earlier, head.origin, parted):
            raise Unsound("earlier.checkpoint is a head of another log")
        check_goes_on(earlier, head, bundle.whole("add-checkpoint"))
        roots[earlier.size] = earlier.root
        yield f"earlier      the log goes on from the head of {earlier.size:,}"
    for each in heads:
        if not is_shared(each, head.origin, parted) or each.size not in roots:
            raise Unsound(f"nothing here shows whether the log goes on from {each.what}")
        if each.root != roots[each.size]:
            raise Unsound(f"{each.what}, of {each.size:,} leaves, is of another history")
        yield f"held         the log goes on from the head of {each.size:,} that is held"


def all_continued(bundle, keys):
    """Return how a log was continued with other trees, by the origin of each."""
    found = {}
    while bundle.has(name := f"continued/{len(found) + 1}.note"):
        each = Continued(bundle.whole(name), name)
        each.check_signed(each.origin, keys)
        if each.origin in found:
            raise Unsound(f"{name} is of a tree of which another note tells")
        found[each.origin] = each
    return found


def is_shared(kept, origin, parted):
    """Tell whether the leaves of a head are of this tree too, as far as is stated."""
    parted = dict(parted)
    while origin != kept.origin:
        each = parted.pop(origin, None)
        if each is None or kept.size > each.common:
            return False
        origin = each.before
    return True


def check_leaves(bundle, head, is_part, sizes, roots):
    """Check leaves, bodies, and proofs or tiles; return how many there are, and withheld.

    The roots at these sizes are added to `roots`, where all leaves are here.
    """
    leaves, bodies = bundle.lines("leaves.jsonl"), bundle.lines("events.jsonl")
    proofs = bundle.lines("proofs.jsonl") if is_part else None
    tree, last, count, withheld = Tree(bundle), None, 0, 0
    while (entry := next(leaves)) is not None:
        count += 1
        leaf = Leaf(entry, f"line {count} of leaves.jsonl")
        body = next(bodies)
        if last and leaf.position <= last.position:
            raise Unsound(f"{leaf.name} comes after {last.name}")
        if body is None:
            raise Unsound(f"events.jsonl ends before {leaf.name}")
        if body:
            leaf.check_body(body)
        withheld += not body
        if is_part:
            check_proof_line(entry, leaf, next(proofs), head)
        else:
            tree.append(entry, leaf.name)
            if tree.size in sizes and tree.size != head.size:
                roots[tree.size] = tree.root()
        last = leaf
    if next(bodies) is not None or (is_part and next(proofs) is not None):
        raise Unsound("events.jsonl or proofs.jsonl has more lines than leaves.jsonl")
    if not is_part:
        if count != head.size:
            raise Unsound(f"there are {count:,} leaves, and the signed head is of {head.size:,}")
        tree.check_last_tiles()
        if tree.root() != head.root:
            raise Unsound("the leaves do not make the root that was signed")
    return count, withheld


def check_proof_line(entry, leaf, line, head):
    """Raise Unsound unless a line of proofs.jsonl leads from a leaf to the root."""
    try:
        said = json.loads(line)
        index, proof = said["index"], said["proof"]
        right = type(index) is int and index >= 0 and all(type(each) is str for each in proof)
    except (ValueError, TypeError, KeyError, RecursionError):
        right = False
    if not right:
        raise Unsound(f"there is no proof of {leaf.name}")
    hashes = [decoded(each, f"the proof of {leaf.name}", 32) for each in proof]
    if not has_inclusion(leaf_hash(entry), index, head.size, hashes, head.root):
        raise Unsound(f"{leaf.name} is not in the log at place {index:,}")


def check_goes_on(earlier, head, asked):
    """Raise Unsound unless the request to a witness proves that a head goes on from another."""
    said, gap, note = asked.partition(b"\n\n")
    old, *proof = said.decode("ascii", "replace").split("\n")
    if not gap or note != head.note or old != f"old {earlier.size}":
        raise Unsound("add-checkpoint is not of the two heads that are here")
    hashes = [decoded(each, "add-checkpoint", 32) for each in proof]
    if not has_consistency(earlier.size, earlier.root, head.size, head.root, hashes):
        raise Unsound("the log does not go on from earlier.checkpoint")


def check_proof(path, keys, witnesses):
    """Check a .tlog-proof (C2SP tlog-proof) with the leaf and the body that stand beside it."""
    leaf_file, body_file = path.with_suffix(".leaf"), path.with_suffix(".json")
    if not leaf_file.is_file():
        raise BadInput(f"{leaf_file.name} has to stand beside {path.name}")
    said, gap, note = path.read_bytes().partition(b"\n\n")
    lines = said.decode("ascii", "replace").split("\n")
    if len(lines) > 1 and lines[1].startswith("extra "):
        del lines[1]
    shaped = len(lines) > 1 and re.fullmatch("index (0|[1-9][0-9]{0,18})", lines[1])
    if not gap or lines[0] != "c2sp.org/tlog-proof@v1" or not shaped:
        raise Unsound(f"{path.name} is not a proof of the form c2sp.org/tlog-proof@v1")
    head = Checkpoint(note, "the checkpoint of the proof")
    head.check(keys, witnesses)
    entry = leaf_file.read_bytes().rstrip(b"\n")
    leaf = Leaf(entry, leaf_file.name)
    hashes = [decoded(each, path.name, 32) for each in lines[2:]]
    if not has_inclusion(leaf_hash(entry), int(lines[1][6:]), head.size, hashes, head.root):
        raise Unsound(f"{leaf.name} is not in the log at place {lines[1][6:]}")
    yield f"event        {leaf.name}, {leaf.topic}"
    if body_file.is_file():
        leaf.check_body(body_file.read_bytes())
        yield f"body         {body_file.name}, as it was sealed"
    else:
        yield "withheld     the body of the event: its place is proved"
    yield f"head         {head.origin}, {head.size:,} leaves, signed"


def plain(text):
    """Return text without what a terminal would obey."""
    return "".join(each if each.isprintable() else "?" for each in text)


def main():
    parser = argparse.ArgumentParser(description="Check a bundle or a proof of Daybook, offline.")
    parser.add_argument("path", type=Path, metavar="BUNDLE|NAME.tlog-proof")
    parser.add_argument("--key", action="append", required=True, metavar="VKEY", help="the log's")
    parser.add_argument("--witness", action="append", default=[], metavar="VKEY")
    parser.add_argument("--head", action="append", default=[], type=Path, metavar="FILE")
    asked = parser.parse_args()
    try:
        keys = [Key(each, LOG) for each in asked.key]
        witnesses = [Key(each, WITNESS) for each in asked.witness]
        if not asked.path.exists():
            raise BadInput(f"there is nothing at {asked.path}")
        if asked.path.suffix == ".tlog-proof":
            lines = check_proof(asked.path, keys, witnesses)
        else:
            heads = [Checkpoint(each.read_bytes(), f"the head in {each}") for each in asked.head]
            for each in heads:
                each.check(keys)
            lines = check_bundle(asked.path, keys, witnesses, heads)
        for line in lines:
            print(plain(line))
    except Unsound as why:
        print(plain(f"not sound: {why}"), file=sys.stderr)
        return 1
    except (BadInput, OSError, zipfile.BadZipFile) as why:
        print(plain(f"verify.py: {why}"), file=sys.stderr)
        return 2
    print("sound")
    return 0


if __name__ == "__main__":
    sys.exit(main())
