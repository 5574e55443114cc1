"""What is wrong with a CSV file's header line: said by the columns' places, never by their names.

Where the header line is missing, what stands in its place tells who a patient is.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.clinic_import.csv_text import SAVE_AS, Record

_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def header_problems(
    header: Record, names: Sequence[str], columns: Mapping[str, Any]
) -> Iterator[str]:
    """Yield what is wrong with a header line, of which `names` are the fields."""
    needed = [name for name, column in columns.items() if not column["may_lack"]]
    if not header.decodable:
        yield f"the header line is not UTF-8: {SAVE_AS}"
    elif not set(names) & set(columns):
        yield _without_columns(header.fields, needed)
    else:
        yield from (f"the column {name} is missing" for name in needed if name not in names)
        for number, name in enumerate(names, start=1):
            if name and name not in columns:
                yield f"column {number} is unknown"
            elif not name:
                yield f"column {number} has no name: delete it"
        twice = {name for name in names if name in columns and names.count(name) > 1}
        yield from (f"the column {name} is there twice" for name in sorted(twice))


def _without_columns(fields: Sequence[str], columns: Sequence[str]) -> str:
    """Say why no column is known: another separator, a line for Excel, or no header line."""
    first = fields[0]
    if first.strip().lower().startswith("sep="):
        return "the line that tells Excel the separator is not a header line: delete it"
    missing = f"the header line is missing; it names the columns: {','.join(columns)}"
    for separator, words in _OTHER_SEPARATORS.items():
        if len(fields) == 1 and separator in first:
            names = {name.strip().strip('"') for name in first.split(separator)}
            separated = f"the fields are separated by {words}, not by commas: {SAVE_AS}"
            return separated if names & set(columns) else f"{missing}; and {separated}"
    return missing
