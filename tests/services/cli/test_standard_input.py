"""Record numbers and payloads come from standard input where `-` stands for them."""

import io
import sys

import pytest
import typer

from services.cli.standard_input import payload, record_number


@pytest.fixture
def given_input(monkeypatch: pytest.MonkeyPatch) -> "Input":
    return Input(monkeypatch)


class Input:
    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def __call__(self, raw: bytes) -> None:
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))


def test_a_number_on_the_command_line_is_taken_as_it_is(given_input: Input) -> None:
    given_input(b"P2\n")
    assert record_number("P1") == "P1"


@pytest.mark.parametrize("raw", [b"P1\n", b"  P1 \r\n", b"P1", b"P1\nP2\n"])
def test_a_dash_reads_one_line(given_input: Input, raw: bytes) -> None:
    given_input(raw)
    assert record_number("-") == "P1"


def test_a_payload_is_all_of_it(given_input: Input) -> None:
    given_input(b'{"a":\n 1}\n')
    assert payload("-") == '{"a":\n 1}\n'
    assert payload("{}") == "{}"


@pytest.mark.parametrize(("raw", "says"), [(b"", "came on standard input"), (b"\xff", "not UTF-8")])
def test_nothing_and_what_is_no_text_are_refused(given_input: Input, raw: bytes, says: str) -> None:
    for read in (record_number, payload):
        given_input(raw)
        with pytest.raises(typer.BadParameter, match=says):
            read("-")
