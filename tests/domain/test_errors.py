import re

import pytest

from domain import errors
from domain.errors import DaybookError, Refusal


def tree(cls: type[Exception], depth: int = 0) -> list[tuple[int, str]]:
    """The class and its subclasses in the order of their definition."""
    below = [each for each in cls.__subclasses__() if each.__module__ == errors.__name__]
    return [(depth, cls.__name__), *(row for each in below for row in tree(each, depth + 1))]


def drawn() -> list[tuple[int, str]]:
    rows = re.findall(r"^([│├└─ ]*)(\w+)", str(errors.__doc__), re.M)
    found = [(len(stem) // 4, name) for stem, name in rows]
    return [row for row in found if row[1] in vars(errors)]


def refusals() -> list[type[Refusal]]:
    return [vars(errors)[name] for _, name in tree(Refusal) if "says" in vars(vars(errors)[name])]


def test_the_tree_of_refusals_is_drawn_as_it_is() -> None:
    assert drawn() == tree(DaybookError)


@pytest.mark.parametrize("cls", refusals(), ids=lambda cls: cls.__name__)
def test_a_refusal_explains_itself_by_the_facts_it_names(cls: type[Refusal]) -> None:
    facts = {name: f"<{name}>" for name in re.findall(r"{(\w+)}", cls.says)}
    refusal = cls(**facts)
    assert str(refusal) == cls.says.format(**facts)
    assert refusal.facts == facts


@pytest.mark.parametrize("cls", [cls for cls in refusals() if not cls.__subclasses__()])
def test_no_two_refusals_say_the_same(cls: type[Refusal]) -> None:
    assert [each for each in refusals() if each.says == cls.says] == [cls]
