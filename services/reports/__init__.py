"""Reports, read from the views; who a patient is, is decrypted here, when it is read."""

from services.reports.asked import NobodyThere, Reports
from services.reports.printed import Report
from services.reports.scheduled import Selection

__all__ = ["NobodyThere", "Report", "Reports", "Selection"]
