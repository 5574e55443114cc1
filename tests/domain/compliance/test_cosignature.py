"""When a note is co-signed: met, just under, just over, and where nobody has to.

The session is on Monday, 2 March 2026, from 13:00 to 16:00 in New York.
"""

from dataclasses import replace
from datetime import datetime

import pytest

from domain.compliance.facts import Noted, OwnNote
from domain.compliance.visits import AfterVisit, cosignature
from tests.support.compliance_visit import THERE, after, at, finding, march, outcome
from tests.support.compliance_week import adopted

SUPERVISED_BY = "facility-1:9"


def by_intern(note: OwnNote) -> str | None:
    return SUPERVISED_BY if note.credential == "intern" else None


def note(
    signed: datetime, cosigned: datetime | None = None, *, number: int = 9, by: str = "intern"
) -> OwnNote:
    second = Noted(cosigned, f"session-0:{number + 10}") if cosigned else None
    return OwnNote(signed, f"session-0:{number}", by, (), second)


def noted(*notes: OwnNote) -> AfterVisit:
    signatures = tuple(Noted(each.at, each.event_id) for each in notes)
    there = replace(THERE, notes=signatures, own_notes=notes)
    return after(there, supervision_of=by_intern)


@pytest.mark.parametrize(
    ("cosigned", "expected"),
    [
        (at(2, 17), ("met", 0, 2)),
        (at(3, 9), ("met", 1, 3)),
        (at(3, 23, 59), ("met", 1, 3)),
        (at(4, 0), ("breached", 2, 3)),
    ],
)
def test_cosignature_within_a_business_day_of_the_note(
    cosigned: datetime, expected: tuple[str, int, int]
) -> None:
    assert (
        outcome(cosignature, noted(note(at(2, 16), cosigned)), cosign_business_days=1) == expected
    )


def test_cosignature_is_counted_from_the_note_over_a_weekend() -> None:
    """Signed on Friday, the 6th; Saturday and Sunday do not count: Monday, the 9th, is day 1."""
    friday = at(6, 12)
    for cosigned, expected in (
        (at(9, 23), ("met", 1, 9)),
        (at(10, 1), ("breached", 2, 9)),
        (at(7, 12), ("met", 1, 7)),
    ):
        known = noted(note(friday, cosigned))
        assert outcome(cosignature, known, cosign_business_days=1) == expected


def test_cosignature_that_never_came_is_breached_from_the_end_of_its_day_on() -> None:
    found = finding(cosignature, noted(note(at(2, 16))), cosign_business_days=1)
    assert (found.state, found.measured, found.because) == (
        "breached",
        None,
        "the note is not co-signed",
    )
    assert (found.about, found.last_day, found.until) == ("session-0", march(3), at(4, 0))
    assert {SUPERVISED_BY, "session-0:9"} <= {*found.evidence}


def test_cosignature_is_judged_by_the_note_that_waits_for_longest() -> None:
    early, late = note(at(2, 16), at(2, 17)), note(at(2, 16), at(5, 9), number=11)
    assert outcome(cosignature, noted(early, late), cosign_business_days=1) == ("breached", 3, 3)
    waiting = note(at(3, 9), number=12)
    found = finding(cosignature, noted(early, waiting, late), cosign_business_days=1)
    assert (found.state, found.measured, found.last_day) == ("breached", None, march(4))


def test_cosignature_is_asked_of_nobody_whose_credential_stands_by_itself() -> None:
    terms = adopted(cosign_business_days=1)
    assert cosignature(noted(note(at(2, 16), by="LCSW")), terms) is None
    assert cosignature(noted(), terms) is None
    away = replace(THERE, status="no_show", credited={})
    assert cosignature(after(away, supervision_of=by_intern), terms) is None
    assert cosignature(noted(note(at(2, 16))), adopted(note_days=3)) is None


def test_cosignature_is_found_again_from_the_events_that_it_names() -> None:
    first, second = note(at(2, 16), at(3, 9)), note(at(2, 16), by="LCSW", number=13)
    found = finding(cosignature, noted(first, second), cosign_business_days=1)
    assert {"session-0:9", "session-0:19", SUPERVISED_BY} <= {*found.evidence}
    assert "session-0:13" not in found.evidence
    assert finding(cosignature, noted(first), cosign_business_days=1) == found
