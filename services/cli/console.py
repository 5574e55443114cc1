"""How commands talk: one plain sentence for whatever goes wrong, and an exit code.

0 done; 1 done, and the answer is no; 2 bad input or usage, nothing changed; 3 an engine cannot be
reached; 70 a defect of Daybook itself.
"""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from typer.exceptions import TyperException

from services.text_output import one_line, plain

DONE, NO, BAD_INPUT, NO_ENGINE = 0, 1, 2, 3
INTERRUPTED = 130
FAULTY_ITSELF = 70


class TextConsole(Console):
    """A console on which everything is text: neither markup nor what a terminal would obey."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield the segments of a renderable, each with plain text."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=plain(segment.text))


out = TextConsole(markup=False, emoji=False)
err = TextConsole(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)


class TextFormatter(logging.Formatter):
    """Writes each message to a log as one line of text."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the message alone."""
        return one_line(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """Return a traceback, which has a line for each step."""
        return plain(super().formatException(ei))


def log_to_stderr() -> None:
    """Write the log, from warnings on, to the error stream."""
    handler = logging.StreamHandler()
    handler.setFormatter(TextFormatter("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    # It warns of how nats-py ends each connection with TLS.
    logging.getLogger("asyncio").setLevel(logging.ERROR)


@contextmanager
def progress(what: str) -> Iterator[Callable[[str], None]]:
    """Show on a terminal that long work goes on, and how far; be quiet in a pipe."""
    if not err.is_terminal:
        yield lambda _: None
        return
    with err.status(f"{what} ...") as shown:
        yield lambda how_far: shown.update(f"{what}: {how_far}")


def guarded(app: typer.Typer) -> int:
    """Run a command; return its exit code, whatever happens."""
    try:
        _check_words(sys.argv[1:])
        ended = app(standalone_mode=False)
        return ended if isinstance(ended, int) else DONE
    except typer.Exit as exit_:
        return exit_.exit_code
    except TyperException as wrong:
        return say(wrong, BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as fault:  # no traceback reaches a user
        # What can go wrong with an engine takes its client to tell.
        from services.cli.faults import told

        return say(*told(fault))


def _check_words(words: Sequence[str]) -> None:
    """Refuse what is no text: Python has bytes that are not UTF-8 as single surrogates."""
    for number, word in enumerate(words, start=1):
        try:
            word.encode()
        except UnicodeEncodeError:
            raise typer.BadParameter(f"word {number} of the command is not UTF-8 text") from None


def say(what: object, code: int) -> int:
    """Print one plain sentence; return the exit code."""
    if sentence := str(what).rstrip("."):
        err.print(f"{sentence[:1].upper()}{sentence[1:]}.")
    return code
