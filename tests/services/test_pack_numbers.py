"""What the policies that come with Daybook ask for, and under whose name."""

from datetime import date, timedelta

import pytest

from domain.policy import Policy, check_payers_policy, check_policy
from services.policy_packs import packs


def test_each_regime_that_was_asked_for_has_a_pack() -> None:
    assert set(packs()) == {
        "asam-2.1-adolescent",
        "asam-2.1-adult",
        "az-s9480",
        "ca-dmc-ods",
        "commercial-per-diem",
        "medicare-iop",
        "mn-245g",
        "mt-37-106",
        "nc-saiop",
        "nj-161b",
        "ny-oasas-ios",
        "ok-450",
        "program-standards-adolescent",
        "program-standards-adolescent-mh",
        "program-standards-adult",
        "program-standards-adult-mh",
        "program-standards-authorizations",
        "sd-67-61",
        "tx-564",
        "va-105",
        "va-medicaid-adolescent",
        "va-medicaid-adult",
        "wa-deferred-prosecution",
    }


@pytest.mark.parametrize("pack", packs().values(), ids=lambda pack: pack.policy_id)
def test_a_pack_is_sound_and_what_it_calls_verified_was_read_at_a_place_on_a_day(
    pack: Policy,
) -> None:
    check_policy(pack)
    assert pack.parameters
    for each in pack.parameters:
        if each.verified:
            assert "http" in each.citation, each.key
            assert each.read_on, each.key
            # What is over is not asked for today.
            assert each.in_force_until is None, each.key
        if each.read_on:
            assert "http" in each.citation, each.key
            assert each.read_on <= pack.dated, each.key


@pytest.mark.parametrize(
    "pack",
    [each for each in packs().values() if each.regime in {"payer", "medicare"}],
    ids=lambda pack: pack.policy_id,
)
def test_what_a_payer_asks_for_can_be_adopted_for_its_patients(pack: Policy) -> None:
    check_payers_policy(pack)


def test_only_what_a_body_said_stands_under_its_name() -> None:
    for pack in packs().values():
        if pack.regime == "program":
            assert not any(each.verified for each in pack.parameters), pack.policy_id
    asked_by_asam = {"offered_minutes_min", "taper_weeks_max"}
    asked_by_asam |= {"drug_test_days", "drug_test_stable_days"}
    for population in ("adult", "adolescent"):
        asam = packs()[f"asam-2.1-{population}"]
        assert {each.key for each in asam.parameters} == asked_by_asam
        assert all(each.verified for each in asam.parameters)


def test_a_program_for_mental_health_has_the_standards_without_what_is_about_substance_use() -> (
    None
):
    for population in ("adult", "adolescent"):
        standards = packs()[f"program-standards-{population}"]
        without = packs()[f"program-standards-{population}-mh"]
        theirs = {(each.key, each.value) for each in without.parameters}
        offered = packs()[f"asam-2.1-{population}"].parameter("offered_minutes_min")
        assert offered
        known = {(each.key, each.value) for each in standards.parameters}
        assert theirs - known == {("offered_minutes_min", offered.value)}
        assert known - theirs == {("bam_days", 30)}


@pytest.mark.parametrize(
    ("pack", "numbers"),
    [
        ("asam-2.1-adult", {"offered_minutes_min": 540, "drug_test_days": 7}),
        ("asam-2.1-adolescent", {"offered_minutes_min": 360, "drug_test_stable_days": 31}),
        ("program-standards-adult", {"attended_minutes_min": 540, "no_contact_days": 30}),
        ("program-standards-adolescent", {"attended_minutes_min": 360, "bam_days": 30}),
        ("program-standards-authorizations", {"units_left_min": 4, "days_left_min": 6}),
        ("medicare-iop", {"prescribed_minutes_min": 540, "day_services_min": 3}),
        ("medicare-iop", {"certification_days": 60, "day_services_full": 4}),
        ("medicare-iop", {"first_certification_days": 0, "primary_services_min": 1}),
        ("medicare-iop", {"in_person_services_min": 1, "php_days_after": 7}),
        ("commercial-per-diem", {"offered_minutes_min": 540, "day_minutes_min": 180}),
        ("ny-oasas-ios", {"day_minutes_min": 180, "weeks_without_rationale_max": 6}),
        ("ny-oasas-ios", {"discrete_below_minimum": 1}),
        ("tx-564", {"group_max": 16, "education_max": 35, "note_hours": 72}),
        ("nj-161b", {"program_caseload_max": 24, "family_per_month_min": 1}),
        ("va-medicaid-adult", {"average_offered_minutes_min": 540, "day_minutes_min": 180}),
        ("va-medicaid-adolescent", {"average_offered_minutes_min": 360, "day_minutes_min": 120}),
        ("va-105", {"offered_minutes_min": 540}),
        ("ca-dmc-ods", {"group_max": 12, "note_business_days": 3, "crisis_note_hours": 24}),
        ("wa-deferred-prosecution", {"total_minutes_min": 72 * 60, "total_weeks": 12}),
        ("wa-deferred-prosecution", {"noncompliance_report_business_days": 10}),
        ("wa-deferred-prosecution", {"emergency_report_business_days": 3}),
        ("nc-saiop", {"gap_days_max": 2, "groups_per_day_min": 1, "day_minutes_min": 180}),
        ("az-s9480", {"group_max": 8, "caseload_max": 16, "individual_minutes_min": 50}),
        ("mn-245g", {"first_plan_visits": 10, "first_plan_days": 30}),
        ("sd-67-61", {"discharge_summary_business_days": 5}),
        ("ok-450", {"discharge_summary_days": 15}),
        ("mt-37-106", {"discharge_summary_months": 1}),
        ("mt-37-106", {"first_plan_contacts": 5, "first_plan_days": 21}),
    ],
)
def test_a_pack_has_the_numbers_of_its_regime(pack: str, numbers: dict[str, int]) -> None:
    found = {each.key: each.value for each in packs()[pack].parameters}
    assert numbers.items() <= found.items()


@pytest.mark.parametrize(
    ("pack", "key", "last_day"),
    [
        ("ca-dmc-ods", "plan_review_days", date(2022, 6, 30)),
        ("wa-deferred-prosecution", "note_before_next", date(2019, 5, 16)),
        ("wa-deferred-prosecution", "individual_per_month_min", date(2019, 5, 16)),
    ],
)
def test_a_superseded_number_binds_until_its_end(pack: str, key: str, last_day: date) -> None:
    policy = packs()[pack]
    assert policy.on(last_day).parameter(key)
    assert policy.on(last_day + timedelta(days=1)).parameter(key) is None


def test_what_was_read_of_washington_ends_where_its_text_does_and_goes_on_as_unread() -> None:
    washington = packs()["wa-deferred-prosecution"]
    for key, last_day in (
        ("total_minutes_min", date(2025, 12, 31)),
        ("emergency_report_business_days", date(2023, 4, 30)),
    ):
        before = washington.on(last_day).parameter(key)
        after = washington.on(last_day + timedelta(days=1)).parameter(key)
        assert before
        assert after
        assert before.value == after.value
        assert before.in_force_until == last_day
        assert after.in_force_until is None
        assert not after.verified


@pytest.mark.parametrize(
    ("pack", "services"),
    [
        ("medicare-iop", {"occupational-therapy", "assessment"}),
        ("va-medicaid-adult", {"occupational-therapy", "medication"}),
        ("az-s9480", {"medication"}),
        ("asam-2.1-adult", set()),
    ],
)
def test_a_pack_counts_services_beyond_the_usual_where_its_source_names_them(
    pack: str, services: set[str]
) -> None:
    usual = {"group", "individual", "family", "education", "skills", "holistic"}
    assert set(packs()[pack].counts) == usual | services


@pytest.mark.parametrize("pack", ["medicare-iop", "ny-oasas-ios", "commercial-per-diem"])
def test_who_pays_by_the_day_asks_for_no_hours_attended_in_the_week(pack: str) -> None:
    assert packs()[pack].parameter("attended_minutes_min") is None
