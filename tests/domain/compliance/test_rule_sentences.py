"""Each rule is said as a rule, with its number."""

import pytest

from domain.compliance.finding import ASKED_BY
from domain.compliance.rule_sentences import SENTENCES, duration, in_words
from domain.policy import RuleName
from domain.policy_parameters import PARAMETERS, Unit


def test_each_rule_has_a_sentence_in_their_order() -> None:
    assert list(SENTENCES) == list(ASKED_BY)


@pytest.mark.parametrize(
    ("rule", "key"), [(rule, key) for rule, keys in ASKED_BY.items() for key in keys]
)
def test_a_sentence_has_the_number_in_the_singular_for_one_alone(rule: RuleName, key: str) -> None:
    unit = PARAMETERS[key].unit
    one, two = in_words(rule, 1, unit), in_words(rule, 2, unit)
    assert "{}" not in one
    assert " 2 " in two or unit == "sessions"
    assert " 0 " not in in_words(rule, 0, unit)[:10] or PARAMETERS[key].least > 0


@pytest.mark.parametrize(
    ("rule", "required", "unit", "said"),
    [
        ("attended-hours", 540, "minutes", "at least 9 hours attended in a week"),
        ("attended-hours", 570, "minutes", "at least 9 hours 30 minutes attended in a week"),
        ("individual-a-week", 1, "times", "at least 1 individual session attended in a week"),
        ("too-many-hours", 1199, "minutes", "at most 19 hours 59 minutes attended in a week"),
        ("group-size", 16, "patients", "at most 16 patients in a group"),
        ("note-due", 3, "business days", "the note about a visit signed within 3 business days"),
        (
            "note-due",
            1,
            "sessions",
            "the note about a visit signed before the next session of the same kind",
        ),
        (
            "plan-review",
            10,
            "visits",
            "the plan of care reviewed within 10 visits of admission or the last review",
        ),
        ("sheet-due", 0, "days", "the sign-in sheet signed on the day of the session"),
        (
            "counselor-assigned",
            0,
            "days",
            "a counselor of the patient's own assigned on the day of admission",
        ),
    ],
)
def test_a_rule_is_said_with_its_number(
    rule: RuleName, required: int, unit: Unit, said: str
) -> None:
    assert in_words(rule, required, unit) == said


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "0 minutes"), (1, "1 minute"), (60, "1 hour"), (61, "1 hour 1 minute"), (540, "9 hours")],
)
def test_minutes_are_said_as_hours(minutes: int, said: str) -> None:
    assert duration(minutes) == said
