"""Who the patients are, and how their stays go, as a seed has it. Nobody of them exists. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Literal

from domain.patient.treatment import DischargeKind, DischargeReason
from domain.times import week_of
from services.demo.payers import INSURANCE, MEDICAID, MEDICARE
from services.demo.place import (
    WEEKS_BEFORE,
    YOUTH,
    Group,
    Place,
)
from services.vault import Person

_GIVEN = tuple(
    """
    Noor Tomas Ruth Emeka Lucia Owen Priya Marek Dolores Ivan Hana Luis Greta Samir Ada Walter Mei
    Jonah Fatou Elias Rosa Viktor Naomi Hugo Salma Theo Ines Kofi Maren Diego Aiko Bruno Leila Otto
    Wanda Felix Amara Stefan Pilar Henrik Zora Caleb Mina Abel Carla Jules Tariq Edith Rafe Lena
    """.split()  # noqa: SIM905 - a hundred names in quotes are harder to read
)

_FAMILY = tuple(
    """
    Haddad Lindqvist Moreau Adeyemi Castillo Brandt Raman Dvorak Fuentes Petrov Sato Ortega Weiss
    Khoury Obi Novotny Chen Whitaker Diallo Marsh Santos Kowal Levine Bianchi Rahman Calloway Soares
    Mensah Hale Vargas Tanaka Ferrari Aziz Keller Banerjee Frost Okoro Ilic Ramos Holm Vance Reed
    Nasser Quist Delgado Avery Malik Thorne Ellery Voss
    """.split()  # noqa: SIM905 - as above
)

_IN_OTHER_WORDS = (
    ("Ελένη", "Παπαδοπούλου"),
    ("ليلى", "الخطيب"),
    ("Łucja", "Żółkiewska-Přibyl"),
    ("美玲", "王"),
    ("Maximiliana Alexandra Theodora Josephine", "von Hohenberg-Castellanos y de la Fuente-Ruiz"),
    ("<img src=x onerror=alert(1)>", "O'Neil"),
)
"""Names in other scripts, a long one, and one that would do harm where it is not text."""

_ENDS: tuple[tuple[DischargeKind, DischargeReason], ...] = (
    ("completed", "goals-met"),
    ("dropped-out", "no-contact"),
    ("completed", "goals-met"),
    ("step-up", "needs-more-care"),
    ("against-advice", "own-wish"),
    ("completed", "goals-met"),
    ("transferred", "moved"),
    ("step-down", "needs-less-care"),
)

Standing = Literal["in treatment", "left", "waits", "candidate"]

_OUTSIDE: tuple[tuple[Standing, int], ...] = (("waits", 1), ("candidate", 3))
"""Who is in no group: who waits for the one that is next, and how many are not admitted."""


@dataclass(frozen=True)
class Course:
    """A patient's way through the clinic; `slot` is the hour of the week that is theirs alone.

    So often as they are `reliable` they come when they are expected.
    """

    number: int
    person: Person = field(repr=False)
    standing: Standing
    group: Group
    slot: int
    payer: str
    referred_on: date
    admitted_on: date
    left_on: date | None
    end: tuple[DischargeKind, DischargeReason] | None
    reliable: float
    seed: str = field(repr=False)

    @property
    def mrn(self) -> str:
        """Their record number."""
        return self.person.mrn

    @property
    def is_treated(self) -> bool:
        """Tell whether they are, or were, in a group."""
        return self.standing in {"in treatment", "left"}

    @property
    def first_meeting(self) -> date:
        """The first day on which their group may expect them."""
        return self.admitted_on + timedelta(days=1)

    def last_meeting(self, place: Place) -> date:
        """Return the last day on which their group expects them."""
        return self.left_on or place.last_day

    def dice(self, about: object) -> Random:
        """Return the dice for something about them: the same ones each time."""
        return Random(f"{self.seed} {self.number} {about}")  # noqa: S311 - nothing is kept secret


@dataclass(frozen=True, slots=True)
class _Seat:
    """A place that somebody has, or had, in a group; or who waits for it, or may come."""

    number: int
    group: Group
    standing: Standing
    slot: int


def courses(place: Place, seed: int) -> list[Course]:
    """Return every patient of the clinic."""
    seats = [_Seat(number, *each) for number, each in enumerate(_seats(place))]
    names = _names(place, seats, Random(f"{seed}"))  # noqa: S311 - nothing is kept secret
    return [_course(place, f"{seed}", names[each.number], each) for each in seats]


def _seats(place: Place) -> Iterator[tuple[Group, Standing, int]]:
    """Yield the places that somebody has or had, by the group and its slots."""
    for group in place.groups:
        for slot in range(group.taken):
            yield group, "in treatment", slot
        for number in range(-(-group.taken // 6)):
            yield group, "left", group.taken + number
    for standing, count in _OUTSIDE:
        for slot in range(count):
            yield place.next_group, standing, slot


def _names(place: Place, seats: list[_Seat], dice: Random) -> list[tuple[str, str]]:
    """Return a name for each patient; some of the group that is next have one in another script."""
    given, family = dice.sample(_GIVEN, len(_GIVEN)), dice.sample(_FAMILY, len(_FAMILY))
    names = [
        (given[number % len(given)], family[(number * 3 + number // len(given)) % len(family)])
        for number in range(len(seats))
    ]
    here = [each.number for each in seats if each.group == place.next_group]
    elsewhere = [each.number for each in seats if each.group != place.next_group]
    for number, name in zip((*here[1:9:3], *elsewhere[2:17:7]), _IN_OTHER_WORDS, strict=True):
        names[number] = name
    return names


def _course(place: Place, seed: str, name: tuple[str, str], seat: _Seat) -> Course:
    number, group, standing, slot = seat.number, seat.group, seat.standing, seat.slot
    dice = Random(f"{seed} {number}")  # noqa: S311 - nothing is kept secret
    longest = WEEKS_BEFORE * 7 - 3
    # The last two of a group joined when others had left.
    joined_late = group.taken - 3 < slot < group.taken
    fewest, most = {
        "left": (longest - 14, longest),
        "in treatment": (5, 14) if joined_late else (20, longest),
        "waits": (3, 6),
        "candidate": (0, 1),
    }[standing]
    ago = dice.randrange(fewest, most)
    admitted_on = place.open_day(place.today - timedelta(days=ago))
    if week_of(admitted_on, place.week_starts_on) == admitted_on < place.today:
        # The first group is the day after: of a whole week one would be lacking.
        admitted_on = place.open_day(admitted_on + timedelta(days=1))
    young = group.program_id == YOUTH
    left_on = place.open_day(place.today - timedelta(days=dice.randrange(17, 24)))
    has_left = standing == "left"
    youngest, oldest = (5200, 6500) if young else (7300, 24000)
    born = place.today - timedelta(days=dice.randrange(youngest, oldest))
    return Course(
        number=number,
        person=Person(f"MS{1000 + number * 7}", *name, born),
        standing=standing,
        group=group,
        slot=slot,
        payer=dice.choice(_payers(group)),
        referred_on=admitted_on - timedelta(days=dice.randrange(2, 6)),
        admitted_on=admitted_on,
        left_on=left_on if has_left else None,
        end=_ENDS[number % len(_ENDS)] if has_left else None,
        reliable=0.75 if number % 21 == 4 else dice.uniform(0.99, 1),
        seed=seed,
    )


def _payers(group: Group) -> tuple[str, ...]:
    """Return who may pay for somebody's days in a group: whose rules its days can meet."""
    if group.program_id == YOUTH:
        return (MEDICAID,)
    if group.modality == "video":
        return (MEDICAID, INSURANCE)
    return (MEDICAID, INSURANCE, MEDICARE)
