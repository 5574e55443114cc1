"""All kinds of document: who imports this has each of them in `KINDS`, under its name."""

from services.documents import (
    attendance_letter,
    attendance_record,
    census,
    claim_worksheet,
    court_report,
    review_packet,
    sign_in_sheet,
)
from services.documents.kind import KINDS

__all__ = [
    "KINDS",
    "attendance_letter",
    "attendance_record",
    "census",
    "claim_worksheet",
    "court_report",
    "review_packet",
    "sign_in_sheet",
]
