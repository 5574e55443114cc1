"""Whoever has the journal knows the class of each event that may be in it."""

import subprocess
import sys

from services.contract.schemas import events

KNOWN = """
import services.journal
from domain.aggregate import event_classes
print(*sorted(each.TOPIC for each in event_classes()))
"""


def test_the_journal_alone_knows_each_event() -> None:
    asked = [sys.executable, "-c", KNOWN]
    found = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert set(found.stdout.split()) >= {each.TOPIC for each in events()}
