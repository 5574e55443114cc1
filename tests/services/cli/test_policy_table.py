"""The table of all numbers: made from the packs, and as it stands beside them."""

from datetime import date
from pathlib import Path

import pytest

from domain.policy import Parameter, Policy
from domain.policy_parameters import PARAMETERS
from services.cli.main import app
from services.cli.policy_table import policy_table, rule_of
from services.policy_packs import packs

README = Path(__file__).parents[3] / "domain" / "policies" / "README.md"


def cells(row: str) -> list[str]:
    return [each.strip() for each in row.strip("|").split("|")]


def test_the_packs_stand_beside_a_table_of_all_their_numbers() -> None:
    text = README.read_text(encoding="utf-8")
    made = policy_table(packs().values())
    assert text.endswith(f"\n\n{made}"), "put there what `daybook policy table` prints"
    for named in set(packs()):
        assert f"`{named}`" in made


def test_each_number_has_a_row_with_all_that_is_known_of_it() -> None:
    rows = policy_table(packs().values()).splitlines()
    numbers = [each for pack in packs().values() for each in pack.parameters]
    assert len(rows) == 2 + len(numbers)
    for row, number in zip(rows[2:], numbers, strict=True):
        found = cells(row)
        assert len(found) == 9
        assert found[1] == number.meaning.says
        assert found[2].split()[0] == str(number.value)
        days = [number.read_on, number.in_force_from, number.in_force_until]
        assert found[5:8] == [str(day or "") for day in days]


def policy_of(regime: str, **facts: object) -> Policy:
    number = Parameter("group_max", 12, "section 7, https://example.org/a", True)
    changed = Parameter(**{**{k: getattr(number, k) for k in number.__slots__}, **facts})
    return Policy("plan-a", 1, "Plan A", regime, None, date(2026, 3, 2), ("group",), (changed,))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("regime", "facts", "standing"),
    [
        ("state", {}, "asked by the rule"),
        ("state", {"verified": False}, "not verified"),
        ("program", {"verified": False}, "a program's own"),
        ("program", {}, "a program's own"),
        ("state", {"in_force_until": date(2025, 12, 31)}, "superseded"),
        ("state", {"in_force_from": date(2025, 12, 31)}, "asked by the rule"),
    ],
)
def test_a_number_is_told_from_one_that_nobody_asks_for_or_read(
    regime: str, facts: dict[str, object], standing: str
) -> None:
    assert cells(policy_table([policy_of(regime, **facts)]).splitlines()[2])[8] == standing


@pytest.mark.parametrize(
    ("citation", "source"),
    [
        ("section 7, https://example.org/a", "[section 7](<https://example.org/a>)"),
        ("book 3, as quoted by https://example.org/b", "[book 3](<https://example.org/b>)"),
        ("section 7; the text was not read", "section 7; the text was not read"),
    ],
)
def test_a_source_is_a_link_where_it_has_a_place(citation: str, source: str) -> None:
    assert cells(policy_table([policy_of("state", citation=citation)]).splitlines()[2])[4] == source


def test_every_number_that_a_policy_may_have_is_looked_at_by_a_rule() -> None:
    for key in PARAMETERS:
        assert rule_of(key)


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    app(["policy", "table"], standalone_mode=False)
    assert capsys.readouterr().out == policy_table(packs().values())
