"""Whose doing a miss was: said first in the sentence of a finding, and read there again. Pure.

A finding keeps why it is so as one sentence, which findings of earlier versions have, too. What
begins or ends such a sentence is written and read in this file alone.
"""

from typing import Literal

from domain.plurals import agreeing, amount, subject_of

Cause = Literal["nothing-scheduled", "program", "record"]
"""What comes before how much is missing.

`nothing-scheduled`: the period holds no session of the patient. `program`: too little was, or is,
offered. `record`: a visit has no time out, and so no minutes.
"""

PROGRAM_OFFERED = ("the program offered", "the program offers")
NO_SLACK = "the schedule has no slack"
NO_TIME_OUT = "no time out, and so no minutes"
NOTHING_SCHEDULED = "nothing is scheduled for the patient"
NO_SESSION_LEFT = "no session is left that could add enough"
TIME_OUT_COULD_MEND = "a time out on record could mend it"


# Said


def by_whom(
    because: str, value: int, what: str, offered: int, least: int, *, is_ahead: bool = False
) -> str:
    """Return why something is missed, and first that too little was offered, where it was."""
    offers = PROGRAM_OFFERED[is_ahead]
    if offered < least:
        attended = agreeing(value, what, is_ahead=is_ahead)
        return f"{offers} {offered} of {amount(least, subject_of(what))}; {attended}"
    if offered == least:
        return f"{because}; {NO_SLACK}: {offers} {least}"
    return f"{because}; {offers} {offered}"


def by_the_record(because: str, open_ended: int, *, is_missed: bool) -> str:
    """Return why, with how many visits have no time out, and of a miss that first.

    Only that too little was offered comes before it: no record mends that.
    """
    lacking = agreeing(open_ended, f"visits have {NO_TIME_OUT}")
    if is_missed and not because.startswith(PROGRAM_OFFERED):
        return f"{lacking}; {because}"
    return f"{because}; {lacking}"


def beyond_mending(because: str, *, is_idle: bool) -> str:
    """Return why no session can mend it, and first that nothing is scheduled, where it is so."""
    return f"{NOTHING_SCHEDULED if is_idle else because}; {NO_SESSION_LEFT}"


def mended_by_the_record(because: str) -> str:
    """Return why something is missed that a time out on record could still mend."""
    return f"{because}; {TIME_OUT_COULD_MEND}"


# Read again


def cause_of(because: str) -> Cause | None:
    """Return whose doing it was, of the sentence of a finding that is missed; None where none."""
    if because.startswith(NOTHING_SCHEDULED):
        return "nothing-scheduled"
    if because.startswith(PROGRAM_OFFERED):
        return "program"
    if because.partition("; ")[0].endswith(NO_TIME_OUT):
        return "record"
    return None


def cause_words(because: str) -> str:
    """Return what the sentence says first, as *1 visit has no time out*."""
    return because.partition("; ")[0].partition(",")[0]


def is_without_slack(because: str) -> bool:
    """Tell whether no more was offered than is asked for."""
    return f"; {NO_SLACK}" in because
