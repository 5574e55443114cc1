"""The facts of a document as plain data, and the number that is derived from them."""

import base64
import hashlib
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

import orjson

NUMBER_LENGTH = 12
"""Characters of a document's number: 60 bits."""


def plain(value: Any) -> Any:
    """Return a value of a document as JSON has it: days and instants as ISO 8601 says them.

    Raises TypeError for what is no fact, such as a float, whose text differs by who writes it.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("an instant of a document has its offset from UTC")
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if value is None or isinstance(value, str | bool | int):
        return value
    raise TypeError(f"{type(value).__name__} is no fact of a document")


def number_of(kind: str, facts: Any) -> str:
    """Return the number of a document, in groups of four: the same facts give the same number.

    It is the beginning of the SHA-256 of the kind and the facts as JSON with sorted keys, in
    base32: it proves nothing by itself, and tells two sheets of paper apart.
    """
    canonical = orjson.dumps([kind, facts], option=orjson.OPT_SORT_KEYS)
    digest = base64.b32encode(hashlib.sha256(canonical).digest()).decode()[:NUMBER_LENGTH]
    return "-".join(digest[at : at + 4] for at in range(0, NUMBER_LENGTH, 4))
