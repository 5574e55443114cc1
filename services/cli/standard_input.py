"""What a command reads from standard input, so that it is in no list of processes.

`-` stands for it where a record number or a payload is asked for.
"""

import sys

import typer

STANDARD_INPUT = "-"

LONGEST_LINE = 10_000
"""Bytes of a line, at most: a record number is far shorter."""


def record_number(raw: str) -> str:
    """Return the record number that an argument or option says; `-`: a line of standard input."""
    if raw != STANDARD_INPUT:
        return raw
    if sys.stdin.isatty():
        typer.echo("Record number: ", err=True, nl=False)
    found = _text(sys.stdin.buffer.readline(LONGEST_LINE)).strip()
    if not found:
        raise typer.BadParameter("no record number came on standard input")
    return found


def payload(raw: str) -> str:
    """Return the JSON that an argument says; `-`: all of standard input."""
    if raw != STANDARD_INPUT:
        return raw
    if sys.stdin.isatty():
        typer.echo("The payload in JSON, then Ctrl-D:", err=True)
    found = _text(sys.stdin.buffer.read())
    if not found.strip():
        raise typer.BadParameter("no payload came on standard input")
    return found


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise typer.BadParameter("what came on standard input is not UTF-8") from None
