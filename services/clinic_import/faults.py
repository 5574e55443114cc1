"""What is wrong with a clinic's files, each fault with its place."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from domain.errors import Refusal

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
    """A fault's file, line (from 1, the header), column (empty for the whole row) and kind."""

    file: str
    line: int
    column: str
    problem: str

    def __str__(self) -> str:
        column = f"{self.column}: " if self.column else ""
        return f"{self.file}:{self.line}: {column}{self.problem}"


class Refused(Exception):
    """A row is refused: the column in question, if it is one, and why."""

    def __init__(self, problem: str, column: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.column = column


class Faults:
    """Collects the faults of one import."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, str, str], RowError] = {}
        self.refused: set[tuple[str, int]] = set()
        """The file and line of each row that is left out."""
        self.named: dict[tuple[str, str], int] = {}
        """The line of each row that could not be read, by its file and the id that it bears."""

    def add(self, file: str, line: int, column: str, problem: str) -> None:
        """Note a fault; the row is left out."""
        self._found[file, line, column, problem] = RowError(file, line, column, problem)
        self.refused.add((file, line))

    @contextmanager
    def at(self, file: str, line: int) -> Iterator[None]:
        """Turn a refusal in the block into a fault of this row."""
        try:
            yield
        except Refused as refused:
            self.add(file, line, refused.column, refused.problem)
        except Refusal as refusal:
            self.add(file, line, "", str(refusal))

    def sorted(self) -> tuple[RowError, ...]:
        """Return the faults in the order of the files and their lines."""
        return tuple(
            sorted(self._found.values(), key=lambda f: (FILES.index(f.file), f.line, f.column))
        )

    def __len__(self) -> int:
        return len(self._found)
