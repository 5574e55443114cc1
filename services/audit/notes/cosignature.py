"""What a witness signs of a checkpoint: C2SP tlog-cosignature, with Ed25519 and with ML-DSA-44.

Both carry the time in seconds since the epoch before the signature proper, and say: at that time,
this was the largest consistent head of the log that the witness had seen. The note's text is taken
as it stands; of a checkpoint the first three lines are its origin, its size and its root.
"""

import base64
import binascii

TIME_BYTES = 8

MOST_NAME_BYTES = 255
"""The longest name of a key or a log: ML-DSA's message has one byte for their lengths."""

_LATEST = 2**63 - 1
_LABEL = b"subtree/v1\n\0"


def timed(at: int, signature: bytes) -> bytes:
    """Return the time and the signature as one, as they stand in a note's signature line."""
    return at.to_bytes(TIME_BYTES) + signature


def untimed(body: bytes) -> tuple[int, bytes]:
    """Return the time and the signature proper.

    Raises ValueError where there is no time that a witness may give: zero says that the head was
    not the largest that it knew, and says nothing of a rollback.
    """
    at = int.from_bytes(body[:TIME_BYTES])
    if len(body) <= TIME_BYTES or not 0 < at <= _LATEST:
        raise ValueError("a cosignature begins with a time, in seconds since the epoch")
    return at, body[TIME_BYTES:]


def ed25519_message(text: str, at: int) -> bytes:
    """Return what an Ed25519 cosignature signs: two lines before the note's text."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def ml_dsa_message(text: str, at: int, cosigner: str) -> bytes:
    """Return what an ML-DSA-44 cosignature signs. Raises ValueError: the text is no checkpoint."""
    origin, size, root, *_ = [*text.split("\n"), "", ""]
    try:
        raw = base64.b64decode(root, validate=True)
    except binascii.Error as why:
        raise ValueError("the third line of a checkpoint is its root") from why
    if not (size.isascii() and size.isdecimal() and len(raw) == 32):
        raise ValueError("the second line of a checkpoint is its size, the third its root")
    return b"".join(
        (
            _LABEL,
            _with_length(cosigner),
            at.to_bytes(8),
            _with_length(origin),
            (0).to_bytes(8),
            _bounded(int(size)).to_bytes(8),
            raw,
        )
    )


def _with_length(name: str) -> bytes:
    raw = name.encode()
    if not 0 < len(raw) <= MOST_NAME_BYTES:
        raise ValueError(f"a name has 1 to {MOST_NAME_BYTES} bytes")
    return bytes((len(raw),)) + raw


def _bounded(size: int) -> int:
    if size > _LATEST:
        raise ValueError("a tree has fewer than 2^63 leaves")
    return size
