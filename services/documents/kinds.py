"""All kinds of document: who imports this has each of them in `KINDS`, under its name."""

from services.documents import (
    access_report,
    attendance_letter,
    attendance_record,
    audit_trail,
    census,
    claim_worksheet,
    court_report,
    disclosure_accounting,
    review_packet,
    sign_in_sheet,
)
from services.documents.kind import KINDS

__all__ = [
    "KINDS",
    "access_report",
    "attendance_letter",
    "attendance_record",
    "audit_trail",
    "census",
    "claim_worksheet",
    "court_report",
    "disclosure_accounting",
    "review_packet",
    "sign_in_sheet",
]
