"""TOML files that people write: what they say, and in which line each thing stands."""

import re
import tomllib
from typing import Any

from domain.errors import DaybookError

_HEADER = re.compile(r"\s*\[{1,2}\s*([\w-]+)\s*\]")
_KEY = re.compile(r"\s*([\w-]+)\s*=")

Place = tuple[str, int, str]
"""A table ("" before any), its index among those of its name, and a key ("": the table itself)."""


class NotToml(DaybookError):
    """The text cannot be read as TOML: from `line` on, for the reason in `problem`."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.problem = problem


def parse(raw: bytes) -> tuple[dict[str, Any], dict[Place, int]]:
    """Return a document and the line of each of its tables and keys. Raises NotToml."""
    try:
        source = raw.decode("utf-8-sig")
        return tomllib.loads(source), _lines_of(source)
    except UnicodeDecodeError as error:
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise NotToml(1, "the file is UTF-16: save it with the encoding UTF-8") from None
        line = raw[: error.start].count(b"\n") + 1
        raise NotToml(line, "not UTF-8: save the file with the encoding UTF-8") from None
    except (ValueError, RecursionError) as error:  # also a number of thousands of digits
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else source.count("\n") + 1
        raise NotToml(line, f"not TOML: {_because(error, source, line)}") from None


_SLASHED_DATE = re.compile(r"=\s*\d{1,2}/\d{1,2}/\d{2,4}\s*$", re.ASCII)
_BARE_TEXT = re.compile(r"=\s*(?!true\b|false\b|inf\b|nan\b)[^\W\d_]")


def _because(error: Exception, source: str, line: int) -> str:
    """Say why a text is no TOML, and how people's usual slips are written instead."""
    written = source.split("\n")[line - 1]
    if set("\u201c\u201d\u201e\u2018\u2019") & set(written):
        return 'quotation marks are straight ones: "'
    if _SLASHED_DATE.search(written):
        return "a date is written as 2026-11-26"
    if _BARE_TEXT.search(written):
        return "a text stands in quotation marks"
    return str(error)


def _lines_of(source: str) -> dict[Place, int]:
    lines: dict[Place, int] = {}
    seen: dict[str, int] = {}
    table, index = "", 0
    for number, line in enumerate(source.split("\n"), start=1):
        if header := _HEADER.match(line):
            table = header[1]
            index = seen[table] = seen.get(table, -1) + 1
            lines[table, index, ""] = number
        elif key := _KEY.match(line):
            lines.setdefault((table, index, key[1]), number)
    return lines
