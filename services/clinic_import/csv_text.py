"""A CSV file as it stands: its text, cut into records, each with its place."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.clinic_import.faults import Faults
from services.clinic_import.folder import File

SAVE_AS = 'save it as "CSV UTF-8 (comma delimited)"'
"""What Excel calls the format that is wanted."""

_UNDECODABLE = re.compile("[\udc80-\udcff]")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Record:
    """A record: the line at which it begins, its fields, and its text with all of its lines.

    `decodable` tells whether all of it is UTF-8.
    """

    line: int
    fields: list[str]
    text: str
    decodable: bool

    @property
    def empty(self) -> bool:
        """Tell whether nothing stands in any field."""
        return not any(each.strip() for each in self.fields)


def read_records(file: File, faults: Faults) -> list[Record]:
    """Return a file's records; blank lines are passed over. What cannot be read is a fault."""
    name = file.name
    try:
        raw = file.read_bytes()
    except OSError:
        faults.cannot_read(name, 1, "the file is missing or cannot be read")
        return []
    if is_utf_16(raw):
        faults.cannot_read(name, 1, f"the file is UTF-16, not UTF-8: {SAVE_AS}")
        return []
    records = list(_records(name, raw.decode("utf-8-sig", errors="surrogateescape"), faults))
    if not records and name not in faults.unreadable:
        faults.cannot_read(name, 1, "the file is empty; its header line is missing")
    faults.texts[name] = {each.line: each.text for each in records}
    return records


def is_utf_16(raw: bytes) -> bool:
    """Tell whether a file is UTF-16, which it begins with a mark of, or of which half is NUL."""
    start = raw[:1000]
    return raw.startswith(_UTF_16) or start.count(0) * 3 > len(start)


def _records(name: str, text: str, faults: Faults) -> Iterator[Record]:
    """Yield the records that can be told apart.

    A byte that is not UTF-8 stands in the text as a lone surrogate, so that what is around it
    stays where it is. Lines end where a line feed or a carriage return is, and nowhere else.
    """
    taken: list[str] = []
    all_decodable = not _UNDECODABLE.search(text)

    def lines() -> Iterator[str]:
        for each in io.StringIO(text, newline=""):
            taken.append(each)
            yield each

    reader = csv.reader(lines(), strict=True)
    while True:
        line = reader.line_num + 1
        taken.clear()
        try:
            fields = next(reader, None)
        except csv.Error:
            problem = "a quotation mark is not closed, or is inside a text without being doubled"
            faults.cannot_read(name, line, problem)
            return
        if fields is None:
            return
        if fields:
            own = "".join(taken).rstrip("\r\n")
            yield Record(line, fields, own, all_decodable or not _UNDECODABLE.search(own))
