"""What makes a policy sound, and how a facility's own file is read."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from domain.compliance.applicable_policies import adopted_on
from domain.compliance.facts import Version
from domain.errors import PolicyUnsound
from domain.policy import check_policy, faults_of
from domain.policy_parameters import PARAMETERS
from services.policy_packs import PolicyFaulty, PolicyFileError, read, read_policy
from tests.support.compliance_week import policy

SOUND = """\
# A contract, as an example.
policy = "plan-a"
version = 2
name = "Plan A"
regime = "payer"
dated = 2026-03-02
counts = ["group", "individual"]

[day_minutes_min]
value = 150
citation = "contract, section 4"
verified = true

[group_max]
value = 12
citation = "contract, section 7"
verified = false
"""


# What makes a policy sound


NEEDS = {
    "day_services_full": {"day_services_min": 1},
    "absences_in_a_row": {"absence_review_days": 7},
    "absences_in_30_days": {"absence_review_days": 7},
    "absence_review_days": {"absences_in_a_row": 2},
    "total_minutes_min": {"total_weeks": 4},
    "total_weeks": {"total_minutes_min": 4320},
    "first_plan_contacts": {"first_plan_days": 30},
    "drug_test_stable_days": {"drug_test_days": 7},
    "discrete_below_minimum": {"day_minutes_min": 180},
    "hourly_below_minimum": {"day_minutes_min": 180},
}
"""What has to stand beside a number."""


@pytest.mark.parametrize("key", PARAMETERS)
def test_a_number_has_bounds(key: str) -> None:
    meaning = PARAMETERS[key]
    beside = NEEDS.get(key, {})
    for value in (meaning.least, meaning.greatest):
        assert list(faults_of(policy(**{key: value}, **beside))) == []
    for value in (meaning.least - 1, meaning.greatest + 1):
        (place, problem), *others = faults_of(policy(**{key: value}, **beside))
        assert (place, problem) == (
            key,
            f"{value} is not within {meaning.least} to {meaning.greatest} {meaning.unit}",
        )
        assert {each[0] for each in others} <= {key}


def test_two_numbers_may_not_contradict_each_other() -> None:
    for low, high in (
        ("attended_minutes_min", "attended_minutes_max"),
        ("group_min", "group_max"),
        ("day_services_min", "day_services_full"),
    ):
        assert list(faults_of(policy(**{low: 4, high: 4}))) == []
        ((place, problem),) = faults_of(policy(**{low: 5, high: 4}))
        assert (place, problem) == (high, f"4 is less than {low}, which is 5")


def test_a_note_is_due_by_one_clock() -> None:
    clocks = {"note_hours": 72, "note_days": 3, "note_business_days": 3, "note_before_next": 1}
    told = "notes are due by another clock already"
    for key, value in clocks.items():
        assert list(faults_of(policy(**{key: value}))) == []
    assert list(faults_of(policy(note_hours=72, note_business_days=3))) == [
        ("note_business_days", told)
    ]
    assert list(faults_of(policy(**clocks))) == [
        ("note_days", told),
        ("note_business_days", told),
        ("note_before_next", told),
    ]


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("plan_review_days", "plan_review_visits", "reviews of the plan are due by another clock"),
        ("certification_days", "certification_months", "certifications are due by another clock"),
    ],
)
def test_what_is_due_again_and_again_is_due_by_one_clock(
    first: str, second: str, told: str
) -> None:
    for key in (first, second):
        assert list(faults_of(policy(**{key: 2}))) == []
    assert list(faults_of(policy(**{first: 60, second: 2}))) == [(second, f"{told} already")]


def test_a_review_of_absences_says_when_it_is_asked_for_and_when_it_is_due() -> None:
    assert list(faults_of(policy(absence_review_days=7))) == [
        ("absence_review_days", "needs one of absences_in_a_row, absences_in_30_days")
    ]
    for key in ("absences_in_a_row", "absences_in_30_days"):
        assert list(faults_of(policy(**{key: 3}))) == [(key, "needs absence_review_days")]
        assert list(faults_of(policy(**{key: 3}, absence_review_days=7))) == []


def test_an_upper_tier_of_services_needs_a_lower_one() -> None:
    assert list(faults_of(policy(day_services_full=4))) == [
        ("day_services_full", "needs day_services_min")
    ]
    assert list(faults_of(policy(day_services_min=3))) == []


def test_a_policy_has_each_number_once_with_its_source_and_counts_something() -> None:
    sound = policy(group_max=12)
    (number,) = sound.parameters
    for unsound, place in (
        (replace(sound, version=0), "version"),
        (replace(sound, counts=()), "counts"),
        (replace(sound, counts=("group", "break")), "counts"),
        (replace(sound, parameters=(number, number)), "group_max"),
        (replace(sound, parameters=(replace(number, citation=" "),)), "group_max"),
        (replace(sound, parameters=(replace(number, key="tea_max"),)), "tea_max"),
    ):
        assert [each[0] for each in faults_of(unsound)] == [place]
        with pytest.raises(PolicyUnsound, match=place):
            check_policy(unsound)


# Files


def faults(source: str) -> list[tuple[int, str]]:
    with pytest.raises(PolicyFaulty) as refused:
        read("own.toml", source.encode())
    return [(each.line, each.place) for each in refused.value.faults]


def test_a_file_is_read_whole() -> None:
    found = read("own.toml", SOUND.encode())
    assert (found.policy_id, found.version, found.regime) == ("plan-a", 2, "payer")
    assert (found.population, found.counts) == (None, ("group", "individual"))
    numbers = [(each.key, each.value, each.verified) for each in found.parameters]
    assert numbers == [("day_minutes_min", 150, True), ("group_max", 12, False)]


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ("version = 2", "version = 0", (3, "version")),
        ("version = 2", 'version = "2"', (3, "version")),
        ("version = 2\n", "", (1, "version")),
        ('regime = "payer"', 'regime = "friend"', (5, "regime")),
        ('regime = "payer"', 'regime = "payer"\ncolor = 1', (6, "color")),
        ("dated = 2026-03-02", 'dated = "March"', (6, "dated")),
        ('"individual"]', '"tea"]', (7, "counts")),
        ('"individual"]', '"break"]', (7, "counts")),
        ('["group", "individual"]', "[]", (7, "counts")),
        ("value = 150", "value = 150.5", (10, "day_minutes_min.value")),
        ("value = 150", "value = 0", (10, "day_minutes_min")),
        ("value = 150\n", "", (9, "day_minutes_min.value")),
        ('citation = "contract, section 4"', 'citation = ""', (10, "day_minutes_min")),
        ("verified = true", 'verified = "yes"', (12, "day_minutes_min.verified")),
        ("[group_max]", "[grup_max]", (15, "grup_max")),
        ("[group_max]", "[group_max", (14, "file")),
        ('policy = "plan-a"', 'policy = "Plan A!"', (2, "policy")),
    ],
)
def test_a_faulty_file_is_refused_with_line_and_reason(
    before: str, after: str, where: tuple[int, str]
) -> None:
    assert before in SOUND
    assert faults(SOUND.replace(before, after, 1)) == [where]


def test_all_faults_are_told_at_once_in_the_order_of_the_lines() -> None:
    source = SOUND.replace("value = 12", "value = 1").replace("version = 2", "version = -1")
    assert faults(source) == [(3, "version"), (15, "group_max")]


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyFaulty, match=r"own\.toml:1: file: is missing"):
        read_policy(tmp_path / "own.toml")
    (tmp_path / "own.toml").write_bytes(b'policy = "a"\nname = "\xff"\n')
    with pytest.raises(PolicyFaulty) as refused:
        read_policy(tmp_path / "own.toml")
    assert refused.value.faults == (
        PolicyFileError(2, "file", "not UTF-8: save the file with the encoding UTF-8"),
    )
    (tmp_path / "own.toml").write_text(SOUND, encoding="utf-8-sig")
    assert read_policy(tmp_path / "own.toml").policy_id == "plan-a"


# What was superseded

REPLACED = SOUND.replace(
    """[day_minutes_min]
value = 150
citation = "contract, section 4"
verified = true
""",
    """[[day_minutes_min]]
value = 120
citation = "contract of 2024"
verified = false
in_force_until = 2025-12-31

[[day_minutes_min]]
value = 150
citation = "contract, section 4"
verified = true
read_on = 2026-02-27
in_force_from = 2026-01-01
""",
)


def test_a_number_that_was_superseded_binds_until_its_end() -> None:
    found = read("plan-a.toml", REPLACED.encode())
    assert found.turns == (date(2026, 1, 1),)
    values = {
        day: [each.value for each in found.on(day).parameters if each.key == "day_minutes_min"]
        for day in (date(2025, 12, 31), date(2026, 1, 1))
    }
    assert values == {date(2025, 12, 31): [120], date(2026, 1, 1): [150]}
    assert found.on(date(2025, 6, 1)) is found.on(date(2025, 7, 1))
    assert found.on(date(2026, 1, 1)).parameter("group_max") == found.parameter("group_max")


def test_two_numbers_of_one_name_hold_on_no_day_together() -> None:
    both = REPLACED.replace("2025-12-31", "2026-01-01")
    with pytest.raises(PolicyFaulty, match="day_minutes_min: is there twice"):
        read("plan-a.toml", both.encode())
    reversed_days = f"{REPLACED}\n[education_max]\nvalue = 20\ncitation = 'x'\nverified = false\n"
    reversed_days += "in_force_from = 2026-03-01\nin_force_until = 2026-02-01\n"
    with pytest.raises(PolicyFaulty, match="2026-02-01 is before in_force_from 2026-03-01"):
        read("plan-a.toml", reversed_days.encode())
    wrong = REPLACED.replace("read_on = 2026-02-27", "read_on = true")
    with pytest.raises(PolicyFaulty, match=r"plan-a\.toml:19: day_minutes_min\.read_on"):
        read("plan-a.toml", wrong.encode())


def test_each_day_is_judged_by_the_number_in_force_on_it() -> None:
    found = read("plan-a.toml", REPLACED.encode())
    versions = {"plan-a": {date(2025, 1, 1): Version(found, "program-1:7")}}
    for day, value in ((date(2025, 12, 31), 120), (date(2026, 1, 1), 150)):
        number = adopted_on(versions, day)["plan-a"].policy.parameter("day_minutes_min")
        assert number is not None
        assert number.value == value
