"""Slipping away: how the coming weeks of a patient look by attendance alone, if they go on so.

What is said of a patient is counted beside the others of the site at the same week of stay, and
is no diagnosis. It knows nothing but minutes offered and attended in whole, finished weeks: no
reasons, and not how a stay ended.

The measure that was tried (`weighted`) is the mean of the patient's own weeks, in which each week
counts `FADING` of the week after it, drawn towards the mean of the others at the same week of
stay, which counts as `LEANING` newest weeks. It was fitted on half of the patients (by a hash of
their record numbers) and measured on the other half, beside what anybody would guess, each time
from what was known at the site when the last of the weeks ended. Measured on 2026-11-25 by
`python -m tests.benchmarks.slipping`, as mean absolute error in percentage points:

    fitted on 36 patients (91 weeks guessed): FADING 0.1, LEANING 2.0, error 22.1
    held back: 31 patients, n = 98 weeks guessed; n = 68 with weeks after
                         next week   four after
    the measure               25.3         16.9
    last week's share         31.4         23.6
    own mean                  27.3         19.5
    everybody's mean          23.7         16.4

So the measure is not better than a naive guess: everybody's mean is nearer. What is expected of
the coming weeks is therefore everybody's mean (`EXPECTED_BY`), the same for each patient of a
site; what tells patients apart is the share of their last three weeks and the counts.

Others are those of the site, not of the program: by program everybody's mean is farther off (24.5),
and in 36 of 98 weeks, instead of 14, there are too few others to count.

The data are the three invented clinics under tests/clinics (oak-street, havana, lighthouse).
Invented data proves the arithmetic, not how patients behave: measure again where there are real
weeks.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import fsum

FADING = 0.1
"""What a week counts of the week after it, in the measure that was tried."""

LEANING = 2.0
"""As how many newest weeks the mean of the others counts there."""

EXPECTED_BY = "everybody"
"""Which of the ways tells what is expected: the one with the least error."""

LATEST = 3
"""How many weeks, those with something offered, say how much somebody attends now."""

ALIKE = Fraction(1, 10)
"""How far apart two shares are, at most, that are about the same."""

FEW = 5
"""Among fewer others than this, none are counted."""

AHEAD = 4
"""Within how many weeks others are seen to attend nothing any more."""


@dataclass(frozen=True, slots=True)
class Week:
    """A whole, finished week of a stay, by its number from 1; something was offered in it."""

    number: int
    offered: int
    attended: int

    @property
    def counted(self) -> int:
        """The minutes attended, up to those offered: who makes up others attends no more."""
        return min(self.attended, self.offered)

    @property
    def share(self) -> Fraction:
        """The share of what was offered that was attended."""
        return Fraction(self.counted, self.offered)


@dataclass(frozen=True, slots=True)
class Stay:
    """A patient's stay as far as it is known: its weeks with something offered, in order."""

    patient_id: str
    weeks: tuple[Week, ...]

    @classmethod
    def of(cls, patient_id: str, weeks: Iterable[Week]) -> "Stay":
        """Return a stay without the weeks in which nothing was offered."""
        known = sorted((week for week in weeks if week.offered), key=lambda week: week.number)
        return cls(patient_id, tuple(known))


@dataclass(frozen=True, slots=True)
class Known:
    """What a guess is made from: shares from 0 to 1; `others` is empty where nobody else was."""

    own: Sequence[float]
    others: float | None
    everybody: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """How a patient's coming weeks look; what is counted of too few others is empty.

    `after` is for the four weeks after the coming one, each taken to be as it was expected. Of the
    others at the same week of stay, `attended_less` had a smaller share of their last three weeks
    then. `alike` had about the same and have weeks in the next four that can tell; of these
    `left` came to attend nothing any more within the four, as far as is known.
    """

    patient_id: str
    week: int
    latest: Fraction
    expected: float
    after: float
    others: int
    attended_less: int | None
    alike: int | None
    left: int | None


@dataclass(frozen=True, slots=True)
class _Point:
    """Where somebody stood at a week; `left` is empty where none of the next weeks is known."""

    share: Fraction
    latest: Fraction
    left: bool | None


class Cohort:
    """The patients of a site, who are looked at beside each other."""

    def __init__(self, stays: Iterable[Stay]) -> None:
        """Take the stays, those of one patient in order: at a week of stay, the later counts."""
        self._at: dict[int, dict[str, _Point]] = defaultdict(dict)
        shares: list[float] = []
        for stay in stays:
            shares.extend(float(week.share) for week in stay.weeks)
            for index, week in enumerate(stay.weeks):
                point = _Point(week.share, _latest(stay.weeks[: index + 1]), _left(stay, week))
                self._at[week.number][stay.patient_id] = point
        self._everybody = _mean(shares)

    def known(self, stay: Stay) -> Known | None:
        """Return what a guess at a stay's next week is made from, if it has any week."""
        if not stay.weeks:
            return None
        there = [float(each.share) for each in self._others(stay)]
        own = [float(week.share) for week in stay.weeks]
        # Of a cohort without a week, the patient is everybody.
        mean = fsum(own) / len(own) if self._everybody is None else self._everybody
        return Known(own, _mean(there), mean)

    def outlook(self, stay: Stay) -> Outlook | None:
        """Return how a stay goes on if it goes on so; nothing of one without a week."""
        known = self.known(stay)
        if known is None:
            return None
        latest, others = _latest(stay.weeks), self._others(stay)
        less = alike = left = None
        if len(others) >= FEW:
            low, high = latest - ALIKE, latest + ALIKE
            near = [each.left for each in others if low <= each.latest <= high]
            less = sum(each.latest < latest for each in others)
            alike, left = sum(each is not None for each in near), near.count(True)
        expected, *after = coming(WAYS[EXPECTED_BY], known, 1 + AHEAD)
        return Outlook(
            patient_id=stay.patient_id,
            week=stay.weeks[-1].number,
            latest=latest,
            expected=expected,
            after=fsum(after) / AHEAD,
            others=len(others),
            attended_less=less,
            alike=alike,
            left=left,
        )

    def _others(self, stay: Stay) -> list[_Point]:
        """Return where the others stood at the week that a stay has come to."""
        there = self._at.get(stay.weeks[-1].number, {})
        return [point for who, point in there.items() if who != stay.patient_id]


def _mean(shares: Sequence[float]) -> float | None:
    return fsum(shares) / len(shares) if shares else None


def _latest(weeks: Sequence[Week]) -> Fraction:
    """Return the share of all minutes offered in the last weeks."""
    last = weeks[-LATEST:]
    return Fraction(sum(week.counted for week in last), sum(week.offered for week in last))


def _left(stay: Stay, at: Week) -> bool | None:
    """Tell whether nothing was attended any more, from one of the next weeks on."""
    next_ones = [each.number for each in stay.weeks if 0 < each.number - at.number <= AHEAD]
    if not next_ones:
        return None
    last_attended = max((each.number for each in stay.weeks if each.attended), default=0)
    return next_ones[-1] > last_attended


# The ways to guess at the next week

Way = Callable[[Known], float]
"""Guesses the share of the next week."""


def last_week(known: Known) -> float:
    """Guess that the next week is as the last."""
    return known.own[-1]


def own_mean(known: Known) -> float:
    """Guess the mean of the patient's weeks."""
    return fsum(known.own) / len(known.own)


def everybody(known: Known) -> float:
    """Guess the mean of all weeks at the site, the patient's too."""
    return known.everybody


def weighted(known: Known, fading: float = FADING, leaning: float = LEANING) -> float:
    """Guess the fading mean of the patient's weeks, drawn towards the others at the same week."""
    counts = [fading**back for back in range(len(known.own))]
    own = fsum(share * count for share, count in zip(reversed(known.own), counts, strict=True))
    if known.others is None:
        return own / fsum(counts)
    return (own + leaning * known.others) / (fsum(counts) + leaning)


WAYS: Mapping[str, Way] = {
    "weighted": weighted,
    "last week": last_week,
    "own mean": own_mean,
    "everybody": everybody,
}
"""The measure that was tried, and what anybody would guess."""


def coming(way: Way, known: Known, weeks: int) -> list[float]:
    """Return the shares of the next weeks, each guessed as if the one before had come true."""
    own = list(known.own)
    for _ in range(weeks):
        own.append(way(Known(own, known.others, known.everybody)))
    return own[len(known.own) :]
