"""What a day is to who pays: a unit, or each reason why it is none.

The Monday has 180 minutes in one session, signed for: two hours of group and one of skills.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.care import Service
from domain.compliance.authorization_units import Left
from domain.compliance.billing import BillableDay, billable
from domain.compliance.claim_lines import ClaimLine, LeftOut
from domain.compliance.facts import (
    Authorized,
    Certified,
    Hospitalized,
    Noted,
    OwnNote,
    Since,
    Treats,
    Visit,
)
from domain.compliance.period import Period
from domain.policy import Adopted
from tests.support.compliance_week import (
    GROUP_AND_SKILLS,
    MONDAY,
    WEEK,
    adopted,
    policy,
    visit,
)

AETNA = Since(date(2026, 2, 2), "aetna", "patient-1:1")
MEDICARE = {"day_services_min": 3, "day_services_full": 4}
BY_MINUTES = {"day_minutes_min": 180}
OF_EACH: dict[int, Mapping[Service, int]] = {
    0: {},
    1: {"group": 180},
    2: {"group": 120, "skills": 60},
    3: {"group": 60, "skills": 60, "education": 60},
    4: {"group": 60, "skills": 45, "education": 45, "individual": 30},
    5: {"group": 60, "skills": 45, "education": 45, "individual": 16, "family": 26},
}


def evening(minutes: Mapping[Service, int] = GROUP_AND_SKILLS, **otherwise: Any) -> Visit:
    there = visit(0, minutes)
    signed = (Noted(there.ends_at, "session-0:7"), Noted(there.ends_at, "session-0:8"))
    own = (OwnNote(there.ends_at, "session-0:8", "LCSW"),)
    return replace(there, **({"notes": signed, "own_notes": own} | otherwise))


UNSIGNED: dict[str, Any] = {"notes": (), "own_notes": ()}


def day_of(*visits: Visit, left: tuple[Left, ...] = ()) -> Period:
    return replace(WEEK, last_day=MONDAY, visits=visits, left=left)


def authorization(units: int, *, number: int = 1, first: date = MONDAY, days: int = 6) -> Left:
    known = Authorized(
        authorization_id=f"auth-{number}",
        payer="aetna",
        code=f"H001{number}",
        units=12,
        first_day=first,
        last_day=first + timedelta(days=days),
        units_per_week=None,
        minutes_per_unit=180,
        event_id=f"patient-1:2{number}",
    )
    return Left(known, units, (f"patient-1:2{number}", f"session-9{number}:4"))


def certified(first: int, last: int, event_id: str = "patient-1:6") -> Certified:
    return Certified(MONDAY + timedelta(days=first), MONDAY + timedelta(days=last), event_id)


def billed(day: Period, *known: Certified, **numbers: int) -> BillableDay:
    return billable(day, AETNA, adopted(**numbers), known)


def test_a_billable_day_is_a_unit_of_who_pays_by_a_policy() -> None:
    found = billed(day_of(evening()), **BY_MINUTES)
    assert found == BillableDay(
        patient_id="patient-1",
        day=MONDAY,
        payer="aetna",
        policy_id="house",
        version=1,
        code=None,
        minutes=180,
        services=2,
        units=1,
        tier=None,
        exceptional=False,
        reasons=(),
        evidence=("patient-1:1", "program-1:2", "session-0:1", "session-0:4", "session-0:8"),
        lines=(ClaimLine("0906", "H0015", 1, 180),),
        left_out=(LeftOut("group", "H0005", 120, "excluded"),),
    )


@pytest.mark.parametrize(("minutes", "units"), [(179, 0), (180, 1), (181, 1)])
def test_a_billable_day_has_enough_minutes(minutes: int, units: int) -> None:
    found = billed(day_of(evening({"group": minutes})), **BY_MINUTES)
    assert (found.minutes, found.units) == (minutes, units)
    assert found.reasons == (() if units else ("minutes",))


@pytest.mark.parametrize(
    ("services", "units", "tier", "exceptional", "reasons"),
    [
        (0, 0, None, False, ("services",)),
        (1, 1, 1, True, ()),
        (2, 1, 1, True, ()),
        (3, 1, 1, False, ()),
        (4, 1, 2, False, ()),
        (5, 1, 2, False, ()),
    ],
)
def test_a_billable_day_has_its_tier_by_the_number_of_services(
    services: int, units: int, tier: int | None, exceptional: bool, reasons: tuple[str, ...]
) -> None:
    found = billed(day_of(evening(OF_EACH[services])), **MEDICARE)
    assert (found.services, found.units, found.reasons) == (services, units, reasons)
    assert (found.tier, found.exceptional) == (tier, exceptional)


def test_a_billable_day_has_one_tier_where_the_policy_has_one() -> None:
    found = billed(day_of(evening(OF_EACH[5])), day_services_min=3)
    assert (found.tier, found.exceptional, found.units) == (1, False, 1)


def test_a_day_that_is_otherwise_no_unit_still_shows_its_tier() -> None:
    found = billed(day_of(evening(OF_EACH[4], **UNSIGNED)), **MEDICARE)
    assert (found.units, found.tier, found.reasons) == (0, 2, ("signature",))


def test_a_billable_day_needs_a_policy_that_says_what_makes_one() -> None:
    without = billable(day_of(evening()), AETNA, None, ())
    assert (without.policy_id, without.version) == (None, None)
    assert (without.units, without.reasons, without.minutes) == (0, ("policy",), 180)
    silent = billed(day_of(evening()), group_max=12)
    assert (silent.policy_id, silent.units, silent.reasons) == ("house", 0, ("policy",))


def test_a_billable_day_may_have_nobody_who_pays() -> None:
    found = billable(day_of(evening()), None, adopted(**BY_MINUTES), ())
    assert (found.payer, found.units) == (None, 1)


def test_a_billable_day_has_a_signed_note_at_each_visit_to_which_the_patient_came() -> None:
    unsigned = evening(session_id="session-9", evidence=("session-9:4",), **UNSIGNED)
    assert billed(day_of(evening(), unsigned), **BY_MINUTES).reasons == ("signature",)
    missed = replace(unsigned, status="no_show", credited={})
    assert billed(day_of(evening(), missed), **BY_MINUTES).reasons == ()
    open_ended = replace(unsigned, status="incomplete", credited={})
    assert billed(day_of(evening(), open_ended), **BY_MINUTES).reasons == ("signature",)


@pytest.mark.parametrize(("units", "reasons"), [(0, ("authorization",)), (1, ()), (2, ())])
def test_a_billable_day_takes_a_unit_of_an_authorization(
    units: int, reasons: tuple[str, ...]
) -> None:
    found = billed(day_of(evening(), left=(authorization(units),)), **BY_MINUTES)
    assert (found.reasons, found.code) == (reasons, "H0011" if units else None)
    assert {"patient-1:21", "session-91:4"} <= set(found.evidence)


@pytest.mark.parametrize("key", ["units_left_min", "days_left_min"])
def test_a_billable_day_needs_an_authorization_where_the_policy_asks_for_one(key: str) -> None:
    needs = {key: 4, **BY_MINUTES}
    assert billed(day_of(evening()), **needs).reasons == ("authorization",)
    assert billed(day_of(evening(), left=(authorization(1),)), **needs).reasons == ()


def test_a_billable_day_needs_an_authorization_where_a_policy_beside_it_asks_for_one() -> None:
    beside = Adopted(policy(units_left_min=4), ("facility-1:9",))
    found = billable(day_of(evening()), AETNA, adopted(**BY_MINUTES), (), [beside])
    assert found.reasons == ("authorization",)
    assert "facility-1:9" in found.evidence
    alone = billable(day_of(evening()), AETNA, adopted(**BY_MINUTES), ())
    assert alone.reasons == ()


@pytest.mark.parametrize(("begins", "units"), [(-6, 1), (0, 1), (1, 0)])
def test_a_billable_day_lies_in_its_authorization(begins: int, units: int) -> None:
    begun = authorization(5, first=MONDAY + timedelta(days=begins))
    assert billed(day_of(evening(), left=(begun,)), **BY_MINUTES).units == units


def test_a_billable_day_takes_of_several_authorizations_the_first_to_end_with_a_unit_left() -> None:
    used, soon, late = (
        authorization(0, number=1, days=1),
        authorization(1, number=2, days=5),
        authorization(9, number=3, days=30),
    )
    for left in ((used, soon, late), (late, soon, used)):
        found = billed(day_of(evening(), left=left), **BY_MINUTES)
        assert (found.code, found.units) == ("H0012", 1)


@pytest.mark.parametrize(
    ("first", "last", "reasons"),
    [
        (-60, 0, ()),
        (0, 60, ()),
        (-60, -1, ("certification",)),
        (1, 61, ("certification",)),
    ],
)
def test_a_billable_day_needs_a_certification_where_the_policy_asks_for_one(
    first: int, last: int, reasons: tuple[str, ...]
) -> None:
    needs = {"certification_days": 60, **BY_MINUTES}
    found = billed(day_of(evening()), certified(first, last), **needs)
    assert found.reasons == reasons
    assert ("patient-1:6" in found.evidence) == (not reasons)
    elsewhere = billed(day_of(evening()), certified(first, last), **BY_MINUTES)
    assert elsewhere.reasons == ()
    assert "patient-1:6" not in elsewhere.evidence


def test_a_billable_day_names_the_last_certification_that_holds() -> None:
    known = (certified(-9, 50, "patient-1:8"), certified(-50, 9), certified(1, 60, "patient-1:9"))
    found = billed(day_of(evening()), *known, certification_days=60, **BY_MINUTES)
    assert {"patient-1:6", "patient-1:8", "patient-1:9"} & set(found.evidence) == {"patient-1:8"}


def test_all_reasons_are_listed() -> None:
    day = day_of(evening({}, status="incomplete", **UNSIGNED), left=(authorization(0),))
    numbers = {"primary_services_min": 1, "in_person_services_min": 1, "php_days_after": 7}
    left = replace(day, hospitalized=(HOSPITALIZED,))
    found = billed(left, certification_days=60, **BY_MINUTES, **MEDICARE, **numbers)
    assert found.reasons == (
        "minutes",
        "services",
        "signature",
        "authorization",
        "certification",
        "partial-hospitalization",
    )
    assert (found.units, found.tier, found.lines) == (0, None, ())


# Notes

SUPERVISED_BY = "facility-1:9"


def note(*services: Service, number: int = 8, cosigned: str | None = None) -> OwnNote:
    at = visit(0, {}).ends_at
    signed = Noted(at, cosigned) if cosigned else None
    return OwnNote(at, f"session-0:{number}", "LMSW", services, signed)


def supervised(_: OwnNote) -> str | None:
    return SUPERVISED_BY


@pytest.mark.parametrize(
    ("notes", "reasons"),
    [
        ((), ("note",)),
        ((note(),), ()),
        ((note("group", "skills"),), ()),
        ((note("group"),), ("note",)),
        ((note("group"), note("skills", number=9)), ()),
        ((note("individual"),), ("note",)),
    ],
)
def test_a_groups_note_is_not_enough_for_each_service_of_each_who_was_there(
    notes: tuple[OwnNote, ...], reasons: tuple[str, ...]
) -> None:
    found = billed(day_of(evening(own_notes=notes)), **BY_MINUTES)
    assert (found.reasons, found.units) == (reasons, 0 if reasons else 1)
    assert len(found.lines) == found.units


def test_a_service_without_a_minute_needs_no_note() -> None:
    there = evening(credited={"group": 180}, own_notes=(note("group"),))
    assert billed(day_of(there), **BY_MINUTES).reasons == ()


def test_while_nobody_knows_how_long_somebody_stayed_each_service_needs_a_note() -> None:
    there = evening(credited={}, status="incomplete", own_notes=(note("group"),))
    assert billed(day_of(there), **BY_MINUTES).reasons == ("minutes", "note")


@pytest.mark.parametrize(
    ("notes", "reasons"),
    [
        ((note(),), ("cosignature",)),
        ((note(cosigned="session-0:12"),), ()),
        ((note("group", cosigned="session-0:12"), note("skills", number=9)), ("cosignature",)),
        ((note("group"),), ("note", "cosignature")),
        ((note(), note(number=9, cosigned="session-0:12")), ()),
        ((), ("note",)),
    ],
)
def test_a_note_whose_authors_credential_asks_for_it_waits_for_a_co_signature(
    notes: tuple[OwnNote, ...], reasons: tuple[str, ...]
) -> None:
    day, terms = day_of(evening(own_notes=notes)), adopted(**BY_MINUTES)
    found = billable(day, AETNA, terms, (), supervision_of=supervised)
    assert found.reasons == reasons
    if notes:
        assert SUPERVISED_BY in found.evidence
    if not reasons:
        assert "session-0:12" in found.evidence


# Medicare

WHOLE_DAY = {**MEDICARE, "primary_services_min": 1, "in_person_services_min": 1}


@pytest.mark.parametrize(
    ("minutes", "reasons"),
    [
        ({"education": 180}, ("primary-service",)),
        ({"education": 135, "group": 45}, ()),
        ({"education": 136, "group": 44}, ("primary-service",)),
        ({"education": 164, "individual": 16}, ()),
        ({"holistic": 180, "medication": 30}, ("primary-service",)),
    ],
)
def test_a_day_of_education_alone_is_none_of_medicares(
    minutes: Mapping[Service, int], reasons: tuple[str, ...]
) -> None:
    assert billed(day_of(evening(minutes)), **WHOLE_DAY).reasons == reasons


@pytest.mark.parametrize(
    ("modality", "reasons"), [("in-person", ()), ("video", ("video",)), ("hybrid", ("video",))]
)
def test_a_day_by_video_alone_is_none_of_medicares(modality: Any, reasons: tuple[str, ...]) -> None:
    assert billed(day_of(evening(modality=modality)), **WHOLE_DAY).reasons == reasons
    assert billed(day_of(evening(modality=modality)), **MEDICARE).reasons == ()
    morning = evening({"individual": 30}, session_id="session-9")
    assert billed(day_of(evening(modality=modality), morning), **WHOLE_DAY).reasons == ()


def test_a_service_by_video_is_no_line_of_medicares_and_counts_for_no_tier() -> None:
    """Group and skills by video, 30 minutes alone and 45 of group in a room: 2 of 4 are covered."""
    there = evening({"individual": 30, "group": 45}, session_id="session-9")
    day = day_of(evening(modality="video"), there)
    found = billed(day, **WHOLE_DAY)
    assert (found.units, found.services, found.tier, found.exceptional) == (1, 4, 1, True)
    assert [(each.code, each.units) for each in found.lines] == [("G0410", 1), ("90832", 1)]
    assert found.left_out == (
        LeftOut("group", "G0410", 120, "video"),
        LeftOut("skills", "G0177", 60, "video"),
    )
    # Education in a room and a group by video: the one that is covered is no primary one.
    alone = evening({"education": 60}, session_id="session-9")
    lacks = billed(day_of(evening(modality="video"), alone), **WHOLE_DAY)
    assert (lacks.reasons, lacks.lines) == (("primary-service",), ())
    # Where nobody asks for services in person all four count.
    elsewhere = billed(day, **MEDICARE)
    assert (elsewhere.tier, elsewhere.exceptional, elsewhere.left_out) == (2, False, ())


def test_a_minute_of_a_service_is_none() -> None:
    # 60 minutes of group are one, 44 of skills are one minute short of their code, 1 is none.
    found = billed(day_of(evening({"group": 60, "skills": 44, "education": 1})), **MEDICARE)
    assert (found.services, found.tier, found.exceptional) == (1, 1, True)
    assert [(each.code, each.units) for each in found.lines] == [("G0410", 1)]
    assert found.left_out == (
        LeftOut("education", "G0177", 1, "minutes"),
        LeftOut("skills", "G0177", 44, "minutes"),
    )


# Partial hospitalization

HOSPITALIZED = Hospitalized(MONDAY - timedelta(days=20), MONDAY - timedelta(days=7), "patient-1:7")


@pytest.mark.parametrize(
    ("ends", "reasons"),
    [
        (0, ("partial-hospitalization",)),
        (1, ("partial-hospitalization",)),
        (7, ("partial-hospitalization",)),
        (8, ()),
        (9, ()),
    ],
)
def test_a_day_in_partial_hospitalization_or_soon_after_it_is_no_unit(
    ends: int, reasons: tuple[str, ...]
) -> None:
    # With 7 days after: the seven days that follow its last one are none, the eighth is.
    was = replace(HOSPITALIZED, last_day=MONDAY - timedelta(days=ends))
    day = replace(day_of(evening()), hospitalized=(was,))
    found = billed(day, php_days_after=7, **BY_MINUTES)
    assert (found.reasons, "patient-1:7" in found.evidence) == (reasons, True)
    assert billed(day, **BY_MINUTES).reasons == ()


def test_partial_hospitalization_that_goes_on_or_is_to_come() -> None:
    goes_on = replace(HOSPITALIZED, last_day=None)
    day = replace(day_of(evening()), hospitalized=(goes_on,))
    assert billed(day, php_days_after=0, **BY_MINUTES).reasons == ("partial-hospitalization",)
    to_come = Hospitalized(MONDAY + timedelta(days=1), None, "patient-1:7")
    later = billed(replace(day, hospitalized=(to_come,)), php_days_after=7, **BY_MINUTES)
    assert (later.reasons, "patient-1:7" in later.evidence) == ((), False)


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("units", [0, 1])
@pytest.mark.parametrize("cosigned", ["session-0:12", None])
def test_a_billable_day_is_found_again_from_the_events_that_it_names(
    signed: bool, units: int, cosigned: str | None
) -> None:
    own = (note("group", cosigned=cosigned), note("skills", number=9, cosigned=cosigned))
    day = day_of(
        evening(own_notes=own) if signed else evening(own_notes=()), left=(authorization(units),)
    )
    day = replace(day, hospitalized=(HOSPITALIZED,))
    known = (certified(-50, 9), certified(-9, 50, "patient-1:8"))
    numbers = {"certification_days": 60, "php_days_after": 5, **BY_MINUTES, **MEDICARE}
    treats = Treats("mental-health", "program-1:1")
    terms = adopted(**numbers)
    found = billable(day, AETNA, terms, known, treats=treats, supervision_of=supervised)
    said = set(found.evidence)
    visits = tuple(
        replace(
            each,
            notes=tuple(one for one in each.notes if one.event_id in said),
            own_notes=tuple(one for one in each.own_notes if one.event_id in said),
        )
        for each in day.visits
        if said >= {*each.evidence}
    )
    left = tuple(each for each in day.left if said >= {*each.evidence})
    again = billable(
        replace(day, visits=visits, left=left),
        AETNA,
        terms,
        [each for each in known if each.event_id in said],
        treats=treats if treats.event_id in said else None,
        supervision_of=supervised if SUPERVISED_BY in said else lambda _: None,
    )
    assert again == found
