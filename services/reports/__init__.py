"""Reports, read from the views; who a patient is, is decrypted here, when it is read."""

from services.reports.queries import NobodyThere, ReportQueries
from services.reports.report import Report

__all__ = ["NobodyThere", "Report", "ReportQueries"]
