"""Pages of a report: where one ends is sealed, so that a cursor says nothing and fits nothing else.

A cursor is the key of the last row of a page, encrypted, and bound to the question, to all that it
was asked with, to the facility and to who asked. It holds no number of rows: what is added or goes
meanwhile neither hides a row nor shows one twice.
"""

import base64
import secrets
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.reports.report import Report
from services.vault import Vault

LONGEST_CURSOR = 8_000
"""Characters of a cursor, at most."""

DEFAULT_LIMIT, MOST_ROWS = 200, 1000
"""Rows of a page, unless told otherwise, and at most."""

_NONCE_BYTES = 12
_BLOCK_BYTES = 128
"""What is sealed is filled up to whole blocks: its length would tell the length of a name."""


class BadCursor(Exception):
    """A cursor is none, or is of another question, another facility or somebody else."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a report, and the key of its last row where more follow."""

    report: Report
    ends_at: list[Any] | None


def page_of(report: Report, after: list[Any] | None, limit: int) -> Page:
    """Return the rows after a key, `limit` of them at most."""
    first = 0
    if after is not None:
        first = next((at for at, key in enumerate(report.keys) if key > after), len(report.keys))
    page = report.only(range(first, min(first + limit, len(report.rows))))
    return Page(page, page.keys[-1] if first + limit < len(report.rows) else None)


class Cursors:
    """Seals where pages end, under a key of the site's."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(self, key: list[Any], bound_to: bytes) -> str:
        """Return a cursor: letters, digits, - and _."""
        clear = orjson.dumps(key)
        clear = clear.ljust(-(-len(clear) // _BLOCK_BYTES) * _BLOCK_BYTES)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self._vault.cursor_key()).encrypt(nonce, clear, bound_to)
        return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def open(self, cursor: str, bound_to: bytes) -> list[Any]:
        """Return the key in a cursor. Raises BadCursor."""
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            cipher = AESGCM(self._vault.cursor_key())
            found: list[Any] = orjson.loads(
                cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to)
            )
        except (InvalidTag, ValueError):
            raise BadCursor from None
        return found
