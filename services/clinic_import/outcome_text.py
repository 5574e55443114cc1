"""What came of an import, in words: the same ones on the command line and over HTTP."""

from collections import Counter
from collections.abc import Iterator

from services.clinic_import import Outcome, RowError


def faults_of(outcome: Outcome) -> list[RowError]:
    """Return what is to be mended: what could not be checked because of it is a note."""
    return [each for each in outcome.faults if not each.because_of]


def notes_of(outcome: Outcome) -> Iterator[str]:
    """Yield what could not be checked, and what was left as it is: each a sentence."""
    for file, count in Counter(each.because_of for each in outcome.faults).items():
        if file:
            rows = "1 row that refers" if count == 1 else f"{count} rows that refer"
            yield f"{rows} to {file} could not be checked."
    for warning in outcome.warnings:
        yield f"{warning}."


def result_of(outcome: Outcome, *, dry_run: bool) -> str:
    """Return what was recorded, or would be, or that nothing was, as a sentence."""
    if not outcome.accepted:
        count = len(faults_of(outcome))
        return f"{count} fault{'' if count == 1 else 's'}; nothing was recorded."
    events = f"{outcome.events} event{'' if outcome.events == 1 else 's'}"
    done = "would be recorded" if dry_run else "recorded"
    return f"{events} {done} for {outcome.facility_id}."
