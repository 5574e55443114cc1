import re

import pytest

from domain import errors
from domain.errors import DaybookError, Refusal


def below(cls: type[DaybookError]) -> list[type[DaybookError]]:
    """The class and all of the domain's that are derived from it."""
    derived = [each for each in cls.__subclasses__() if each.__module__.startswith(errors.__name__)]
    return [cls, *(found for each in derived for found in below(each))]


def refusals() -> list[type[Refusal]]:
    return [each for each in below(Refusal) if issubclass(each, Refusal) and "says" in vars(each)]


def test_every_refusal_is_to_be_had_of_the_package() -> None:
    assert sorted(errors.__all__) == sorted(each.__name__ for each in below(DaybookError))


@pytest.mark.parametrize("cls", refusals(), ids=lambda cls: cls.__name__)
def test_a_refusal_explains_itself_by_the_facts_it_names(cls: type[Refusal]) -> None:
    facts = {name: f"<{name}>" for name in re.findall(r"{(\w+)}", cls.says)}
    refusal = cls(**facts)
    assert str(refusal) == cls.says.format(**facts)
    assert refusal.facts == facts


@pytest.mark.parametrize("cls", [cls for cls in refusals() if not cls.__subclasses__()])
def test_no_two_refusals_say_the_same(cls: type[Refusal]) -> None:
    assert [each for each in refusals() if each.says == cls.says] == [cls]
