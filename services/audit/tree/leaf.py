"""The leaf of an event: one line of JSON that names it and hashes what is stored of it.

It is short, so that it fits the 65,535 bytes that C2SP's tlog-tiles leaves an entry, and holds no
clinical content: a body may be withheld or gone and its place is still proved. The hash is of the
state as it is stored, encrypted parts included. The position is in it, so renumbering shows.
"""

from collections.abc import Iterable
from hashlib import sha256

import orjson

FORMAT = "daybook/1"
"""What each entry begins with: another format has another word."""


def leaf_entry(position: int, aggregate_id: str, version: int, topic: str, state: bytes) -> bytes:
    """Return the entry of an event: the bytes that RFC 6962 hashes behind 0x00."""
    return entry_of_digest(position, aggregate_id, version, topic, sha256(state).hexdigest())


def entry_of_digest(
    position: int, aggregate_id: str, version: int, topic: str, digest_hex: str
) -> bytes:
    """Return the entry of an event whose state has this SHA-256, in lower-case hex.

    It is compact JSON, byte for byte what JavaScript's JSON.stringify writes.
    """
    return orjson.dumps([FORMAT, position, aggregate_id, version, topic, digest_hex])


def hashes_of(rows: Iterable[tuple[int, str, int, str, bytes]]) -> list[bytes]:
    """Return the hashes of the leaves of many events: RFC 6962's of `leaf_entry` of each.

    It is written out, since of verifying it is most.
    """
    return [
        sha256(
            b"\x00"
            + orjson.dumps(
                [FORMAT, position, aggregate_id, version, topic, sha256(state).hexdigest()]
            )
        ).digest()
        for position, aggregate_id, version, topic, state in rows
    ]
