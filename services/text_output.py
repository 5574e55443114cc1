"""Text on its way out: to a terminal, a CSV cell, JSON or a log it goes as text, and as no more.

What comes in is refused where it has such characters (`domain.bounds`); what was recorded before
that, and what others say, still has to be shown.
"""

import re
from typing import Any

import orjson

from domain import bounds

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""Stands where a character was that a terminal or a reader would obey."""

_TAGS = "\\U000e0000-\\U000e007f"
_SURROGATES = "\\ud800-\\udfff"
_OBEYED = re.compile(f"[{bounds.UNWANTED}{_TAGS}{_SURROGATES}]")
_RETURNS = re.compile("\r\n?")
_BREAKS = re.compile("\r\n|[\n\r\t\u2028\u2029]")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?", re.ASCII)
_BEGINS_A_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def plain(text: str) -> str:
    """Return a text of one or more lines without the characters that would be obeyed."""
    return _OBEYED.sub(REPLACEMENT, _RETURNS.sub("\n", text))


def one_line(text: str) -> str:
    """Return a text as one line: line breaks and tabs become spaces."""
    return plain(_BREAKS.sub(" ", text))


def each_on_one_line(facts: Any) -> Any:
    """Return facts (dicts, lists and values) with each text in them as one line."""
    if isinstance(facts, dict):
        return {key: each_on_one_line(each) for key, each in facts.items()}
    if isinstance(facts, list | tuple):
        return [each_on_one_line(each) for each in facts]
    return one_line(facts) if isinstance(facts, str) else facts


def word(value: object) -> str:
    """Return a value as reports and a clinic's files have it: yes and no, nothing for None."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def csv_cell(value: object) -> str:
    """Return a value for a CSV file: a spreadsheet takes it for text or a number, for no formula.

    A text that begins like a formula gets an apostrophe before it; a number, also a negative one,
    a date or an id stays as it is.
    """
    text = plain(word(value))
    formula = isinstance(value, str) and text.startswith(_BEGINS_A_FORMULA)
    return f"'{text}" if formula and not _NUMBER.fullmatch(text) else text


def json_text(value: Any) -> str:
    """Return a value as indented JSON; what a terminal would obey is escaped, and not lost."""
    written = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return _OBEYED.sub(_escaped, written)


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", errors="surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
