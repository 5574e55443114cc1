"""What commands print is text to a terminal, and what they log is one line."""

import io
import logging

from rich.table import Table

from services.cli.console import TextConsole, TextFormatter

ESCAPES = "\x1b[2J\x9b1A"


def printed(what: object, *, on_a_terminal: bool = True) -> str:
    shown = io.StringIO()
    TextConsole(
        file=shown, width=80, force_terminal=on_a_terminal, markup=False, emoji=False
    ).print(what)
    return shown.getvalue()


def test_a_text_cannot_move_the_cursor() -> None:
    assert "\x1b[2J" not in printed(f"Jo{ESCAPES}")
    assert "\x9b" not in printed(f"Jo{ESCAPES}")


def test_a_cell_of_a_table_cannot_either() -> None:
    table = Table("name")
    table.add_row(f"Jo{ESCAPES}")
    assert "\x1b[2J" not in printed(table)
    assert "\x9b" not in printed(table)


def test_markup_and_names_of_pictures_are_text() -> None:
    for said in ("[red]Jo[/red] :bomb:", "[/] closes nothing"):
        assert printed(said, on_a_terminal=False) == f"{said}\n"


def logged(record: logging.LogRecord) -> str:
    return TextFormatter("%(message)s").format(record)


def test_a_message_to_the_log_is_one_line_of_text() -> None:
    said = ("refused\nThe journal was erased\x1b[2J\u2028.",)
    record = logging.LogRecord("daybook", logging.ERROR, "", 1, "%s", said, None)
    assert logged(record) == "refused The journal was erased\ufffd[2J ."


def test_a_traceback_keeps_its_lines() -> None:
    try:
        raise ValueError("it\x1b[2J")
    except ValueError as fault:
        about = (type(fault), fault, fault.__traceback__)
    shown = logged(logging.LogRecord("daybook", logging.ERROR, "", 1, "failed", (), about))
    assert shown.startswith("failed\nTraceback")
    assert shown.endswith("ValueError: it\ufffd[2J")
