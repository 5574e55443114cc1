"""The fonts that documents are set in, and which characters they have.

They come with Daybook, and those of the machine are never asked: a document has the same bytes
everywhere. Latin, Greek, Cyrillic, Vietnamese, Arabic, Hebrew and Devanagari are Noto Sans;
Chinese, Japanese and Korean are Droid Sans Fallback, which has the 20,902 ideographs of the first
block of Unicode, kana and all modern Hangul syllables. Other scripts are not covered.
"""

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

FONTS = Path(__file__).with_name("fonts")
MISSING = "\N{REPLACEMENT CHARACTER}"
"""Stands where the fonts lack a character."""

MAY_BREAK = "\N{ZERO WIDTH SPACE}"
_LONG = re.compile(r"[^\s-]{20,}")
"""A word that a column may be too narrow for."""

_FITS = 8
"""Letters that fit such a column, however wide they are."""

_WITHOUT_A_GLYPH = frozenset(
    "\t\n\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}\N{SOFT HYPHEN}"
)
"""Characters that are laid out, and not drawn."""


def printable(facts: Any) -> Any:
    """Return plain facts as they are set: a character that no font has is seen to be replaced.

    A word that is longer than a column may break.
    """
    if isinstance(facts, dict):
        return {key: printable(each) for key, each in facts.items()}
    if isinstance(facts, list):
        return [printable(each) for each in facts]
    if isinstance(facts, str):
        shown = "".join(each if has_glyph(each) else MISSING for each in facts)
        return _LONG.sub(_may_break, shown)
    return facts


def _may_break(long: re.Match[str]) -> str:
    word = long[0]
    return MAY_BREAK.join(word[at : at + _FITS] for at in range(0, len(word), _FITS))


def lacks(text: str) -> bool:
    """Tell whether the fonts lack a character of a text."""
    return not all(map(has_glyph, text))


def has_glyph(character: str) -> bool:
    """Tell whether a font has a character."""
    code = ord(character)
    if character in _WITHOUT_A_GLYPH:
        return True
    firsts, lasts = _covered()
    at = bisect_right(firsts, code) - 1
    return at >= 0 and code <= lasts[at]


@cache
def _covered() -> tuple[list[int], list[int]]:
    """Return the ranges of characters that some font has: their first ones and their last ones."""
    ranges: list[list[int]] = []
    for first, last in sorted(
        each for path in sorted(FONTS.glob("*.ttf")) for each in _ranges(path.read_bytes())
    ):
        if ranges and first <= ranges[-1][1] + 1:
            ranges[-1][1] = max(ranges[-1][1], last)
        else:
            ranges.append([first, last])
    return [each[0] for each in ranges], [each[1] for each in ranges]


def _ranges(font: bytes) -> Iterator[tuple[int, int]]:
    """Yield the ranges of characters that a font has a glyph for.

    They are those of its Unicode tables of the formats 4 and 12 (OpenType 1.9, the table `cmap`).
    """
    (tables,) = struct.unpack_from(">H", font, 4)
    records = (struct.unpack_from(">4sLLL", font, 12 + 16 * each) for each in range(tables))
    cmap = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    for each in range(count):
        platform, _, offset = struct.unpack_from(">HHL", font, cmap + 4 + 8 * each)
        table = font[cmap + offset :]
        (form,) = struct.unpack_from(">H", table)
        if platform in {0, 3} and form == 4:
            yield from _segments(table)
        elif platform in {0, 3} and form == 12:
            yield from _groups(table)


def _segments(table: bytes) -> Iterator[tuple[int, int]]:
    """Yield the single characters of a table of format 4 that have a glyph."""
    (doubled,) = struct.unpack_from(">H", table, 6)
    count = doubled // 2
    ends = struct.unpack_from(f">{count}H", table, 14)
    starts = struct.unpack_from(f">{count}H", table, 16 + doubled)
    deltas = struct.unpack_from(f">{count}H", table, 16 + 2 * doubled)
    at = 16 + 3 * doubled
    offsets = struct.unpack_from(f">{count}H", table, at)
    for number, (start, end, delta, offset) in enumerate(
        zip(starts, ends, deltas, offsets, strict=True)
    ):
        for code in range(start, min(end, 0xFFFE) + 1):
            glyph = code
            if offset:
                where = at + 2 * number + offset + 2 * (code - start)
                (glyph,) = struct.unpack_from(">H", table, where)
            if (glyph + delta) % 0x10000 if glyph or not offset else 0:
                yield code, code


def _groups(table: bytes) -> Iterator[tuple[int, int]]:
    """Yield the ranges of a table of format 12."""
    (count,) = struct.unpack_from(">L", table, 12)
    for each in range(count):
        first, last, _ = struct.unpack_from(">LLL", table, 16 + 12 * each)
        yield first, last
