"""A PDF as a reader takes it: its text, its tags, and whether all of it stands on its pages."""

import io
import re
import struct
import zlib
from dataclasses import dataclass
from typing import Any

from pypdf import PdfReader

from tests.support.pdf_ua import faults_of

MARGIN = 0.5 * 72
"""Points from each edge of a page within which nothing may be printed."""

WIDTH, HEIGHT = 612, 792
"""Letter paper, in points."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What a PDF says: the text of each page as one line, and what it says of itself."""

    pages: tuple[str, ...]
    title: str
    language: str
    tags: tuple[str, ...]
    is_ua: bool
    faults: tuple[str, ...]
    outside: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.pages)


def read_back(pdf: bytes) -> ReadBack:
    """Read a PDF; `outside` is the text that begins where nothing may be printed.

    `is_ua` is what it says of itself, where `faults` finds nothing against it.
    """
    reader = PdfReader(io.BytesIO(pdf), strict=True)
    root: Any = reader.trailer["/Root"]
    outside: list[str] = []
    pages = []
    for page in reader.pages:
        box = page.mediabox
        assert {float(box.width), float(box.height)} == {WIDTH, HEIGHT}
        width, height = float(box.width), float(box.height)

        def look(
            text: str, at: Any, moved: Any, *_: object, width: float = width, height: float = height
        ) -> None:
            if text.strip():
                x = at[4] + moved[4] * at[0] + moved[5] * at[2]
                y = at[5] + moved[4] * at[1] + moved[5] * at[3]
                if not (MARGIN <= x <= width - MARGIN and MARGIN <= y <= height - MARGIN):
                    outside.append(f"{text!r} at {x:.0f}, {y:.0f}")

        pages.append(_one_line(page.extract_text(visitor_text=look)))
    faults = faults_of(reader)
    metadata = root["/Metadata"].get_object().get_data().decode()
    return ReadBack(
        tuple(pages),
        str(reader.metadata.title if reader.metadata else ""),
        str(root["/Lang"]),
        tuple(_tags(root["/StructTreeRoot"].get_object())),
        bool(re.search(r"pdfuaid:part\W+1", metadata)) and not faults,
        faults,
        tuple(outside),
    )


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _tags(node: Any) -> list[str]:
    found = [str(node["/S"]).lstrip("/")] if "/S" in node else []
    kids = node.get("/K", [])
    for each in kids if isinstance(kids, list) else [kids]:
        kid = each.get_object() if hasattr(each, "get_object") else each
        if isinstance(kid, dict) and ("/S" in kid or "/K" in kid):
            found += _tags(kid)
    return found


def blank_margins(png: bytes) -> bool:
    """Tell whether a picture of a page is white within half an inch of each edge (PNG, RGBA)."""
    width, height = struct.unpack_from(">LL", png, 16)
    rows = _rows(png, width, height)
    edge = round(MARGIN / WIDTH * min(width, height))
    white = bytes([255]) * 4
    sides = [row[: 4 * edge] + row[-4 * edge :] for row in rows]
    return all(
        {each[at : at + 4] for at in range(0, len(each), 4)} == {white}
        for each in (*rows[:edge], *rows[-edge:], *sides)
    )


def _rows(png: bytes, width: int, height: int) -> list[bytes]:
    """Return the rows of a picture of 8 bits a channel, by the PNG specification."""
    packed, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack_from(">L", png, at)
        if png[at + 4 : at + 8] == b"IDAT":
            packed += png[at + 8 : at + 8 + length]
        at += length + 12
    raw, size = zlib.decompress(packed), 4 * width
    before, rows = bytes(size), []
    for number in range(height):
        start = number * (size + 1)
        row = bytearray(raw[start + 1 : start + 1 + size])
        for x in range(size):
            left = row[x - 4] if x >= 4 else 0
            corner = before[x - 4] if x >= 4 else 0
            row[x] = (row[x] + _predicted(raw[start], left, before[x], corner)) % 256
        before = bytes(row)
        rows.append(before)
    return rows


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    match kind:
        case 1:
            return left
        case 2:
            return up
        case 3:
            return (left + up) // 2
        case 4:
            near = left + up - corner
            return min((left, up, corner), key=lambda each: abs(near - each))
    return 0
