"""Whose signatures count: a policy file of C2SP tlog-policy, one line a fact.

    log <verifier key> [<url>]
    witness <name> <verifier key> [<url>]
    group <name> all|any|<number> <name>...
    quorum <name>|none

A head counts where one of the logs signed it, and the witnesses of the quorum cosigned it. The
meaning of URLs is the application's: a witness's is where it is asked. A log's may be
`daybook:until=<size>`, for a key that was replaced: what it signed of a larger tree counts for
nothing, which is how the thief of a key is kept from going on. The other logs of the same Daybook
have sizes of their own: `daybook:until=18000,access=420`; of one that is not there nothing counts.

A Daybook signs all its logs with one key, under the name of each, and a policy file has no public
key twice: so the line of the journal, `clinic.example/<id>`, stands for what is below it, too
(`clinic.example/<id>/access`), and for what went on after a restore (`clinic.example/<id>.2`).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from domain.errors import DaybookError
from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.signed_note import NoteUnsound, SignatureType, SignedNote, VerifierKey
from services.audit.tree.origins import Origin

MOST_BYTES = 1024 * 1024
MOST_OF_A_KIND = 256
"""How many logs, witnesses and groups a file may have; the specification asks for 32 of each."""

NONE = "none"

_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_SPACES = re.compile(r"[ \t]+")
_UNTIL = "daybook:until="
_BELOW = re.compile(r"(?:/[a-z-]+)?")
_COUNT = re.compile(r"[1-9][0-9]{0,3}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class SealPolicyUnsound(DaybookError):
    """A policy file that is not of its format; it says the line, and what was expected there."""


@dataclass(frozen=True, slots=True)
class PolicyLog:
    """A log whose heads count: its key, and the largest trees that the key could sign.

    `until` has them by the names of logs, the empty one for the log of the key's own name; None
    where the key was not replaced.
    """

    key: VerifierKey
    url: str = ""
    until: Mapping[str, int] | None = None

    def key_for(self, origin: str, size: int) -> VerifierKey | None:
        """Return the key under a log's name; None where it may not sign a head of this size there.

        It may for this log, and for the others of the same Daybook; after a restore, too, if it was
        not replaced.
        """
        own, asked = Origin.parse(self.key.name), Origin.parse(origin)
        below = asked.base.removeprefix(own.base)
        if not asked.base.startswith(own.base) or not _BELOW.fullmatch(below):
            return None
        if self.until is not None and (
            asked.generation != own.generation or size > self.until.get(below.lstrip("/"), 0)
        ):
            return None
        return VerifierKey(origin, self.key.kind, self.key.public)


@dataclass(frozen=True, slots=True)
class PolicyWitness:
    """A witness: its name in this file, its key, and where it is asked, if that is known."""

    name: str
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class _Group:
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SealPolicy:
    """Whose signatures are asked for. Without a quorum no witness is."""

    logs: tuple[PolicyLog, ...] = ()
    witnesses: Mapping[str, PolicyWitness] = field(default_factory=dict)
    quorum: str = NONE
    groups: Mapping[str, _Group] = field(default_factory=dict)

    @classmethod
    def of_key(cls, key: VerifierKey) -> "SealPolicy":
        """Return the policy of one log without witnesses."""
        return cls(logs=(PolicyLog(key),))

    @classmethod
    def read(cls, path: Path) -> "SealPolicy":
        """Read a file. Raises SealPolicyUnsound."""
        try:
            raw = path.read_bytes()
        except OSError as why:
            raise SealPolicyUnsound(f"{path} cannot be read: {why.strerror}") from why
        return cls.parse(raw, path.name)

    @classmethod
    def parse(cls, raw: bytes, where: str = "policy") -> "SealPolicy":
        """Read the text of a file. Raises SealPolicyUnsound, which names the line."""
        if len(raw) > MOST_BYTES:
            raise SealPolicyUnsound(f"{where}: a policy file has at most {MOST_BYTES:,} bytes")
        reading = _Reading()
        # Names are octets: what is no UTF-8 comes through, and stays what it is.
        for number, line in enumerate(raw.split(b"\n"), 1):
            try:
                reading.take(line)
            except (_NotThis, NoteUnsound) as why:
                raise SealPolicyUnsound(f"{where}, line {number}: {why}") from why
        if reading.quorum is None:
            raise SealPolicyUnsound(f"{where}: there is no line 'quorum <name>' or 'quorum none'")
        return cls(tuple(reading.logs), reading.witnesses, reading.quorum, reading.groups)

    def keys_of(self, origin: str, size: int) -> list[VerifierKey]:
        """Return the keys which may sign a head of this size of the log with this origin."""
        return [key for log in self.logs if (key := log.key_for(origin, size)) is not None]

    def cosigners(self, note: SignedNote) -> list[PolicyWitness]:
        """Return which witnesses cosigned a head. Raises NoteUnsound for a forged line."""
        keys = note.signed_by(each.key for each in self.witnesses.values())
        return [each for each in self.witnesses.values() if each.key in keys]

    def signed_by_log(self, note: SignedNote) -> bool:
        """Tell whether a head's log signed it. Raises NoteUnsound: no head, or a forged line."""
        head = Checkpoint.parse(note.text)
        return bool(note.signed_by(self.keys_of(head.origin, head.size)))

    def satisfied_by(self, note: SignedNote) -> bool:
        """Tell whether a head counts: signed by its log, and cosigned as the quorum asks.

        Raises NoteUnsound where the note is no head, or a line is not its key's signature.
        """
        cosigned = {each.name for each in self.cosigners(note)}
        return self.signed_by_log(note) and self.has_quorum(cosigned)

    def has_quorum(self, cosigned: Iterable[str]) -> bool:
        """Tell whether these witnesses, by their names in the file, are enough."""
        if self.quorum == NONE:
            return True
        done = set(cosigned) & set(self.witnesses)
        for name, group in self.groups.items():  # each is defined below its members
            if sum(each in done for each in group.members) >= group.threshold:
                done.add(name)
        return self.quorum in done


class _NotThis(Exception):
    """What is wrong with a line."""


class _Reading:
    """What the lines so far said."""

    def __init__(self) -> None:
        self.logs: list[PolicyLog] = []
        self.witnesses: dict[str, PolicyWitness] = {}
        self.groups: dict[str, _Group] = {}
        self.quorum: str | None = None
        self._members: set[str] = set()

    def take(self, line: bytes) -> None:
        if _FORBIDDEN.search(line):
            raise _NotThis("there is a control character; only tabs and newlines may be there")
        words = [each for each in _SPACES.split(line.decode(errors="surrogateescape")) if each]
        if not words or words[0].startswith("#"):
            return
        takes: dict[str, Callable[[Sequence[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        if words[0] not in takes:
            raise _NotThis(f"a line begins with one of {', '.join(takes)}, or with #")
        takes[words[0]](words[1:])

    def _log(self, words: Sequence[str]) -> None:
        if not 1 <= len(words) <= 2:
            raise _NotThis("expected 'log <verifier key> [<url>]'")
        key = VerifierKey.parse(words[0])
        if key.kind is SignatureType.ED25519_COSIGNATURE:
            raise _NotThis(f"{key.name} is a witness's key, and no log's")
        if key.public in {each.key.public for each in self.logs}:
            raise _NotThis(f"the key of {key.name} is that of a log above")
        _not_too_many(self.logs, "logs")
        url = words[1] if len(words) == 2 else ""
        self.logs.append(PolicyLog(key, url, _until(url)))

    def _witness(self, words: Sequence[str]) -> None:
        if not 2 <= len(words) <= 3:
            raise _NotThis("expected 'witness <name> <verifier key> [<url>]'")
        name = self._new_name(words[0])
        key = VerifierKey.parse(words[1])
        if not key.is_cosigner:
            raise _NotThis(f"{key.name} is a log's key, and no witness's")
        if key.public in {each.key.public for each in self.witnesses.values()}:
            raise _NotThis(f"the key of {key.name} is that of a witness above")
        _not_too_many(self.witnesses.values(), "witnesses")
        self.witnesses[name] = PolicyWitness(name, key, words[2] if len(words) == 3 else "")

    def _group(self, words: Sequence[str]) -> None:
        if len(words) < 3:
            raise _NotThis("expected 'group <name> all|any|<number> <name>...'")
        name, counts, members = self._new_name(words[0]), words[1], words[2:]
        for each in members:
            self._known(each)
            if each in self._members:
                raise _NotThis(f"{_printable(each)} is a member already: once, of one group")
            self._members.add(each)
        _not_too_many(self.groups.values(), "groups")
        self.groups[name] = _Group(_threshold(counts, len(members)), tuple(members))

    def _quorum(self, words: Sequence[str]) -> None:
        if len(words) != 1:
            raise _NotThis("expected 'quorum <name>' or 'quorum none'")
        if self.quorum is not None:
            raise _NotThis("there is a quorum above, and there is one only")
        if words[0] != NONE:
            self._known(words[0])
        self.quorum = words[0]

    def _new_name(self, name: str) -> str:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise _NotThis(f"the name {_printable(name)} is taken")
        return name

    def _known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise _NotThis(f"no line above names a witness or group {_printable(name)}")


def _threshold(counts: str, members: int) -> int:
    if counts in {"all", "any"}:
        return members if counts == "all" else 1
    if not _COUNT.fullmatch(counts) or int(counts) > members:
        raise _NotThis(f"how many of a group is all, any, or a number from 1 to {members}")
    return int(counts)


def _until(url: str) -> dict[str, int] | None:
    if not url.startswith(_UNTIL):
        return None
    found: dict[str, int] = {}
    for number, part in enumerate(url.removeprefix(_UNTIL).split(",")):
        log, _, size = part.rpartition("=")
        if not _SIZE.fullmatch(size) or log in found or bool(log) != bool(number):
            raise _NotThis(
                f"{_UNTIL} goes on with the size of the last tree that the key could sign, and"
                " perhaps those of other logs: 18000,access=420"
            )
        found[log] = int(size)
    return found


def _not_too_many(there: Iterable[object], what: str) -> None:
    if sum(1 for _ in there) >= MOST_OF_A_KIND:
        raise _NotThis(f"a policy file has at most {MOST_OF_A_KIND} {what}")


def _printable(name: str) -> str:
    return name.encode(errors="surrogateescape").decode(errors="replace")
