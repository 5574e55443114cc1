"""Notes: text with signatures below it, C2SP signed-note; and the keys that make and check them.

A note is text that ends in a newline, an empty line, and a line for each signature:
`— <name of the key> <base64 of the key's id and the signature>`. A verifier key is one line:
`<name>+<id in hex>+<base64 of the kind of signature and the public key>`.
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from domain.errors import DaybookError
from services.audit.notes.cosignature import (
    MOST_NAME_BYTES,
    ed25519_message,
    ml_dsa_message,
    untimed,
)

SEED_BYTES = 32

MOST_NOTE_BYTES = 256 * 1024
"""How long a note may be: 64 signatures of the longest kind, and the text."""

MOST_SIGNATURES = 64
"""How many signatures a note may have; the specification asks for at least 16."""

_ID_BYTES = 4
_DASH = "\N{EM DASH} "
_SHOWN = 40


class NoteUnsound(DaybookError):
    """A note, checkpoint or key that is not of its format, or a signature that is not the key's."""


class SignatureType(IntEnum):
    """Which signatures a key makes: the byte before the public key in a verifier key."""

    ED25519 = 0x01
    ED25519_COSIGNATURE = 0x04
    ML_DSA_44_COSIGNATURE = 0x06


_PUBLIC_BYTES = {
    SignatureType.ED25519: 32,
    SignatureType.ED25519_COSIGNATURE: 32,
    SignatureType.ML_DSA_44_COSIGNATURE: 1312,
}


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the key's name and id, which tell whose it is, and what it signed."""

    name: str
    key_id: bytes
    body: bytes

    @property
    def line(self) -> str:
        """Return the line as it stands in a note, with its newline."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.body).decode()}\n"

    @classmethod
    def parse(cls, line: str) -> "Signature":
        """Return the signature of a line without its newline. Raises NoteUnsound."""
        name, _, rest = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not _is_key_name(name):
            raise NoteUnsound(f"{_shown(line)} is no signature line: '— <key name> <base64>'")
        raw = _unbase64(rest, "a signature")
        if len(raw) <= _ID_BYTES:
            raise NoteUnsound(f"the signature of {name} is too short: 4 bytes of key id, and more")
        return cls(name, raw[:_ID_BYTES], raw[_ID_BYTES:])

    @property
    def cosigned_at(self) -> int:
        """Return when it was made, in seconds since the epoch, if it is a cosignature."""
        try:
            return untimed(self.body)[0]
        except ValueError as why:
            raise NoteUnsound(f"the signature of {self.name} is no cosignature: {why}") from why


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key and its name, which is the origin of a log, or the name of a witness."""

    name: str
    kind: SignatureType
    public: bytes

    def __post_init__(self) -> None:
        if not _is_key_name(self.name):
            raise NoteUnsound(
                f"{_shown(self.name)} is no name of a key: 1 to {MOST_NAME_BYTES} bytes without"
                " spaces and '+', such as clinic.example/journal"
            )
        if len(self.public) != _PUBLIC_BYTES[self.kind]:
            raise NoteUnsound(f"the public key of {self.name} has the wrong length")

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Return the key of one line, `<name>+<id>+<base64>`. Raises NoteUnsound."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3:
            raise NoteUnsound(f"{_shown(text)} is no verifier key: <name>+<id in hex>+<base64>")
        name, key_id, rest = parts
        raw = _unbase64(rest, f"the verifier key of {_shown(name)}")
        try:
            key = cls(name, SignatureType(raw[0] if raw else 0), raw[1:])
        except ValueError as why:
            raise NoteUnsound(
                f"the verifier key of {_shown(name)} is of a kind that is not known here: known"
                " are Ed25519 (1) and cosignatures with Ed25519 (4) and ML-DSA-44 (6)"
            ) from why
        if key.key_id.hex() != key_id:
            raise NoteUnsound(f"the verifier key of {name} was altered: its id does not fit it")
        return key

    @property
    def key_id(self) -> bytes:
        """Return the four bytes by which its signatures are found; no proof of anything."""
        named = self.name.encode() + b"\n" + bytes((self.kind,)) + self.public
        return hashlib.sha256(named).digest()[:_ID_BYTES]

    @property
    def is_cosigner(self) -> bool:
        """Tell whether it is a witness's key, whose signatures carry the time."""
        return self.kind is not SignatureType.ED25519

    def __str__(self) -> str:
        encoded = base64.b64encode(bytes((self.kind,)) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    def made(self, signature: Signature) -> bool:
        """Tell whether a signature says that it is this key's; only `verifies` shows that it is."""
        return (signature.name, signature.key_id) == (self.name, self.key_id)

    def verifies(self, text: str, signature: Signature) -> bool:
        """Tell whether it made a signature over this text."""
        try:
            if self.kind is SignatureType.ED25519:
                message, body = text.encode(), signature.body
            else:
                at, body = untimed(signature.body)
                message = (
                    ed25519_message(text, at)
                    if self.kind is SignatureType.ED25519_COSIGNATURE
                    else ml_dsa_message(text, at, self.name)
                )
            self._public().verify(body, message)
        except (InvalidSignature, ValueError):
            return False
        return self.made(signature)

    def _public(self) -> Ed25519PublicKey | MLDSA44PublicKey:
        if self.kind is SignatureType.ML_DSA_44_COSIGNATURE:
            return MLDSA44PublicKey.from_public_bytes(self.public)
        return Ed25519PublicKey.from_public_bytes(self.public)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A log's key: its name and the 32 bytes of an Ed25519 key. Its repr shows no secret."""

    name: str
    seed: bytes

    def __post_init__(self) -> None:
        if len(self.seed) != SEED_BYTES:
            raise NoteUnsound(f"a signing key has {SEED_BYTES} bytes")

    @classmethod
    def generate(cls, name: str) -> "SigningKey":
        """Make a new key."""
        return cls(name, secrets.token_bytes(SEED_BYTES))

    @classmethod
    def from_bytes(cls, name: str, seed: bytes) -> "SigningKey":
        """Return the key of these 32 bytes. Raises NoteUnsound."""
        return cls(name, seed)

    def __repr__(self) -> str:
        return f"SigningKey({self.name!r})"

    @property
    def verifier(self) -> VerifierKey:
        """Return the public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(self.name, SignatureType.ED25519, public)

    def sign_note(self, text: str) -> Signature:
        """Sign a note's text, which ends in a newline."""
        body = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return Signature(self.name, self.verifier.key_id, body)


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text and its signatures. The text means nothing before a known key's was verified."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, raw: bytes) -> "SignedNote":
        """Read a note strictly; the text ends at the last empty line. Raises NoteUnsound."""
        if len(raw) > MOST_NOTE_BYTES:
            raise NoteUnsound(f"a note has at most {MOST_NOTE_BYTES:,} bytes")
        try:
            whole = raw.decode()
        except UnicodeDecodeError as why:
            raise NoteUnsound(f"a note is UTF-8; byte {why.start + 1} is not") from why
        if any(each < " " and each != "\n" for each in whole):
            raise NoteUnsound("a note has no control characters but newlines")
        text, empty, lines = whole.rpartition("\n\n")
        if not empty or not lines.endswith("\n"):
            raise NoteUnsound("a note is text, an empty line, and lines of signatures")
        signatures = lines[:-1].split("\n")
        if len(signatures) > MOST_SIGNATURES:
            raise NoteUnsound(f"a note has at most {MOST_SIGNATURES} signatures")
        return cls(f"{text}\n", tuple(Signature.parse(each) for each in signatures))

    def __bytes__(self) -> bytes:
        return f"{self.text}\n{''.join(each.line for each in self.signatures)}".encode()

    def signed_by(self, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
        """Return which of the keys signed it; each counts once, unknown ones are ignored.

        Raises NoteUnsound where a line names one of the keys and is not its signature.
        """
        found = []
        for key in dict.fromkeys(keys):
            theirs = [each for each in self.signatures if key.made(each)]
            if not all(key.verifies(self.text, each) for each in theirs):
                raise NoteUnsound(f"the signature of {key.name} is not of this text and key")
            if theirs:
                found.append(key)
        return tuple(found)

    def verified_by(self, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
        """Return which of the keys signed it, as `signed_by`; raises NoteUnsound if none did."""
        if not (found := self.signed_by(keys)):
            raise NoteUnsound("none of the known keys signed this note")
        return found

    def with_signatures(self, more: Iterable[Signature]) -> "SignedNote":
        """Return the note with more signatures; those that it has are not repeated."""
        new = [each for each in dict.fromkeys(more) if each not in self.signatures]
        return SignedNote(self.text, (*self.signatures, *new))


def _is_key_name(name: str) -> bool:
    return (
        0 < len(name.encode(errors="replace")) <= MOST_NAME_BYTES
        and name.isprintable()
        and not any(each.isspace() or each == "+" for each in name)
    )


def _unbase64(text: str, what: str) -> bytes:
    """Decode base64 in its one canonical form: padded, and without bits beyond the end."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as why:
        raise NoteUnsound(f"{what} is not base64") from why
    if base64.b64encode(raw).decode() != text:
        raise NoteUnsound(f"{what} is not base64 in its canonical form")
    return raw


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
