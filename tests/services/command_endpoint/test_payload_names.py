"""A field's name that nobody knows is told back as text, and cut short."""

import orjson
import pytest

from services.command_endpoint.payload import LONGEST_POINTER, Malformed
from services.command_endpoint.registry import COMMANDS


@pytest.mark.parametrize("name", ["x" * 5_000, "a\x1b[2J\u202e", "a\nb"])
def test_an_unknown_name_is_told_bounded_and_as_text(name: str) -> None:
    with pytest.raises(Malformed) as refused:
        COMMANDS["session.check-in"].read(orjson.dumps({name: 1}))
    pointers = [each.pointer for each in refused.value.faults]
    assert all(len(each) <= LONGEST_POINTER + 3 for each in pointers)
    assert all(not {"\x1b", "\u202e", "\n"} & set(each) for each in pointers)
    assert any(each.startswith(f"/{name[:1]}") for each in pointers)
