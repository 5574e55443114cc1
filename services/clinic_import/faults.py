"""What is wrong with a clinic's files, each fault with its place."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from domain.errors import NotMissed, NotOnRoster, Refusal

FILES = (
    "facility.toml",
    "programs.csv",
    "tracks.csv",
    "segments.csv",
    "sessions.csv",
    "patients.csv",
    "episodes.csv",
    "enrolments.csv",
    "commitments.csv",
    "cancellations.csv",
    "absences.csv",
    "sign_ins.csv",
)
"""A clinic's files, in the order in which of two rows that cannot both stand one is the later."""


@dataclass(frozen=True, slots=True)
class RowError:
    """A fault's file, line (from 1, the header), column (empty for the whole row) and kind.

    `because_of` names the file that could not be read, where nothing else is wrong with the row.
    """

    file: str
    line: int
    column: str
    problem: str
    because_of: str = ""

    def __str__(self) -> str:
        column = f"{self.column}: " if self.column else ""
        return f"{self.file}:{self.line}: {column}{self.problem}"


class Refused(Exception):
    """A row is refused: the column in question, if it is one, and why.

    `because_of` names a file that could not be read, where the row refers to it.
    """

    def __init__(self, problem: str, column: str = "", because_of: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.column = column
        self.because_of = because_of


MOST_LISTED = 10
"""Ids that a fault lists, at most."""


def there_is_no(what: str, known: Iterable[str]) -> str:
    """Say that what a row names is not there, and what is.

    What the row says is not repeated: a name can stand there by mistake.
    """
    ids = sorted(known)
    more = f" and {len(ids) - MOST_LISTED} more" if len(ids) > MOST_LISTED else ""
    listed = f"; there {'is' if len(ids) == 1 else 'are'} {', '.join(ids[:MOST_LISTED])}{more}"
    return f"there is no such {what}{listed if ids else ''}"


class Faults:
    """Collects the faults of one import."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, str, str], RowError] = {}
        self.refused: set[tuple[str, int]] = set()
        """The file and line of each row that is left out."""
        self.named: dict[tuple[str, str], int] = {}
        """The line of each row that could not be read, by its file and the id that it bears."""
        self.unreadable: set[str] = set()
        """The files of which rows are not known."""
        self.consequences: dict[tuple[str, int], str] = {}
        """Of each row that is left out because of such a file, by its place, that file."""
        self.texts: dict[str, dict[int, str]] = {}
        """The text of each record of each file, by the line at which it begins."""

    def add(self, file: str, line: int, column: str, problem: str, because_of: str = "") -> None:
        """Note a fault; the row is left out."""
        found = RowError(file, line, column, problem, because_of)
        self._found[file, line, column, problem] = found
        self.refused.add((file, line))
        if because_of:
            self.consequences[file, line] = because_of

    def cannot_read(self, file: str, line: int, problem: str) -> None:
        """Note why a file, or the rest of it, cannot be read."""
        self.unreadable.add(file)
        self.add(file, line, "", problem)

    @contextmanager
    def at(self, file: str, line: int) -> Iterator[None]:
        """Turn a refusal in the block into a fault of this row."""
        try:
            yield
        except Refused as refused:
            self.add(file, line, refused.column, refused.problem, refused.because_of)
        except (NotOnRoster, NotMissed) as refusal:
            enrolments = "enrolments.csv"
            because_of = enrolments if enrolments in self.unreadable else ""
            self.add(file, line, "", str(refusal), because_of)
        except Refusal as refusal:
            self.add(file, line, "", str(refusal))

    def sorted(self) -> tuple[RowError, ...]:
        """Return the faults in the order of the files and their lines."""
        return tuple(
            sorted(self._found.values(), key=lambda f: (FILES.index(f.file), f.line, f.column))
        )

    def __len__(self) -> int:
        return len(self._found)
