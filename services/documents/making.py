"""How a document is made: drawn up from read models, numbered, and set on pages."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import orjson
import typst

from services.documents.facts import number_of, plain
from services.documents.fonts import FONTS, MISSING, printable
from services.documents.kind import Asked, Document, Kind
from services.documents.kinds import KINDS
from services.reports.queries import ReportQueries
from services.text_output import csv_cell, each_on_one_line, json_text

Form = Literal["pdf", "csv", "json"]

MEDIA_TYPES: Mapping[Form, str] = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
"""As what each form of a document is sent."""

TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a document stands in the record: up to which position of the journal, at what moment.

    The moment (aware) is the one that was asked about, or that of the last event.
    """

    position: int
    moment: datetime


@dataclass(frozen=True)
class Made:
    """A document that is made, and can be written: as PDF, as CSV or as JSON."""

    kind: Kind
    document: Document
    standing: Standing

    @cached_property
    def facts(self) -> Any:
        """The facts as plain data."""
        return plain(self.document.facts)

    @cached_property
    def number(self) -> str:
        """The document's number: of the same facts the same."""
        return number_of(self.kind.name, self.facts)

    @property
    def _about(self) -> dict[str, Any]:
        """What a document says of itself."""
        zone = ZoneInfo(self.document.site.timezone)
        return {
            "kind": self.kind.name,
            "title": self.kind.title,
            "number": self.number,
            "site": self.document.site.name,
            "position": self.standing.position,
            "moment": plain(self.standing.moment.astimezone(zone)),
            "zone": f"{self.standing.moment.astimezone(zone):%Z}",
        }

    def content(self, form: Form) -> bytes:
        """Return the document as it is written in a form."""
        if form == "pdf":
            return self.pdf()
        return (self.csv() if form == "csv" else self.json()).encode()

    def json(self) -> str:
        """Return the document as one JSON object: what it says of itself, and its facts."""
        return json_text({**self._about, "facts": self.facts}) + "\n"

    def csv(self) -> str:
        """Return the document's table, as a clinic's files are written: yes and no, line feeds."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.document.table.columns)
        writer.writerows(map(csv_cell, row) for row in self.document.table.rows)
        return out.getvalue()

    def pdf(self) -> bytes:
        """Return the document as a tagged PDF by PDF/UA-1 (ISO 14289-1), on letter paper."""
        at = int(self.standing.moment.timestamp())
        found: bytes = self.set_as("pdf", pdf_standards="ua-1", timestamp=at)
        return found

    def pages(self, ppi: int = 96) -> list[bytes]:
        """Return a picture (PNG) of each page."""
        found = self.set_as("png", ppi=ppi)
        return found if isinstance(found, list) else [found]

    def set_as(self, form: Any, **how: Any) -> Any:
        """Return the pages as typst sets them, in a form of its own and as it is told."""
        facts = each_on_one_line({**self._about, "facts": self.facts})
        shown = printable(facts)
        about = {
            **shown,
            "confidential": self.kind.confidential,
            "lacks_glyphs": MISSING in orjson.dumps(shown).decode(),
        }
        return typst.compile(
            TEMPLATES / f"{self.kind.name}.typ",
            root=TEMPLATES,
            font_paths=[FONTS],
            ignore_system_fonts=True,
            format=form,
            sys_inputs={"document": orjson.dumps(about).decode()},
            **how,
        )


def make(name: str, reports: ReportQueries, asked: Asked, standing: Standing) -> Made:
    """Return a document of a kind that there is, of what was asked."""
    found = KINDS[name]
    drawn = found.draws(reports, replace(asked, position=standing.position))
    return Made(found, drawn, standing)


def moment_of(recorded: datetime | None) -> datetime:
    """Return the moment of a record: that of its last event, of an empty one the epoch."""
    return recorded or datetime.fromtimestamp(0, UTC)
