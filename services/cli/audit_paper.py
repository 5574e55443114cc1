"""Trails and accountings as documents: what `--format pdf` of `daybook audit` makes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from services.cli.options import Format, PaperFormat
from services.cli.report_scope import ReportScope


def asks_for_paper(form: PaperFormat, to: Path | None) -> bool:
    """Tell whether a PDF is asked for. Raises BadParameter unless that alone names a file."""
    if (form is PaperFormat.PDF) != (to is not None):
        raise typer.BadParameter("--format pdf and --out FILE go together")
    return form is PaperFormat.PDF


def form_of(form: PaperFormat) -> Format:
    """Return the format of a report, of one that is no document."""
    return Format(form.value)


def file_of(kind: str, mrn: str | None, of: ReportScope, to: Path | None, **asked: Any) -> None:
    """Write a document of a kind as PDF, as `daybook document` does."""
    from dataclasses import replace

    from services.cli.document import Form, hand_out
    from services.documents.kind import Asked
    from services.documents.kinds import KINDS

    wanted, about = KINDS[kind], Asked(asked_at=datetime.now(UTC), **asked)
    if to is not None:
        hand_out(wanted, about, mrn, replace(of, reads=wanted.reads), out=to, form=Form.PDF)
