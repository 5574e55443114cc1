"""Making the clinic: everything that happened there, decided and saved as it would have been."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.aggregate import CommandContext
from domain.errors import DaybookError, Refusal
from services.application.asked import Asked
from services.application.group_commit import GroupCommit
from services.demo.care import care_beside_groups
from services.demo.diary import Act, Diary
from services.demo.kiosk_codes import codes_of, give_codes
from services.demo.opening import open_clinic
from services.demo.people import Course, courses
from services.demo.place import Place
from services.demo.sessions import call_meetings_off, hold_groups, make_up, see_alone
from services.demo.situations import arrange
from services.demo.treatment import live_stay
from services.journal import Journal
from services.vault import Vault

AT_ONCE = 250
"""Commands that are decided and saved together."""


class NotEmpty(DaybookError):
    """Something is on record already."""


@dataclass(frozen=True)
class Clinic:
    """The clinic that was made; `a_patient` is somebody of the group that is about to begin.

    What was refused is not on record: where two things that chance brought about do not fit.
    """

    place: Place
    a_patient: str
    refused: tuple[Refusal, ...]
    codes: tuple[str, ...]
    """The kiosk codes of those in the group that is about to begin."""


def make_clinic(
    journal: Journal,
    vault: Vault,
    *,
    place: Place,
    seed: int,
    tell: Callable[[str], None] = lambda _: None,
) -> Clinic:
    """Record the clinic of a seed, up to its place's now, in an empty journal. Raises NotEmpty."""
    if journal.position():
        raise NotEmpty("The demo makes its clinic where nothing is on record yet, and there is")
    everybody = courses(place, seed)
    diary = written(place, everybody, seed)
    acts = diary.acts()
    commit = GroupCommit(journal, vault)
    refused: list[Refusal] = []
    try:
        for first in range(0, len(acts), AT_ONCE):
            batch = acts[first : first + AT_ONCE]
            asked = [_asked(first + number, act) for number, act in enumerate(batch)]
            for each in commit.run(asked):
                if isinstance(each, Refusal):
                    refused.append(each)
                elif isinstance(each, Exception):
                    raise each
            tell(f"{first + len(batch)} of {len(acts)} commands")
    finally:
        commit.close()
    expected = [each for each in everybody if each.group == place.next_group]
    codes = codes_of(everybody, seed)
    theirs = tuple(codes[each.number] for each in expected if each.number in codes)
    return Clinic(place, diary.patient_id(expected[0]), tuple(refused), theirs)


def written(place: Place, everybody: list[Course], seed: int) -> Diary:
    """Return all that happens at the clinic up to now."""
    diary = Diary(place.now)
    open_clinic(place, diary)
    for each in everybody:
        live_stay(place, diary, each)
    missed = hold_groups(place, diary, everybody)
    call_meetings_off(place, diary)
    apart = set(arrange(place, diary, everybody, missed))
    make_up(
        place,
        diary,
        [each for each in missed if each not in apart],
        [each for each in apart if isinstance(each, str)],
    )
    see_alone(place, diary, everybody)
    care_beside_groups(place, diary, everybody)
    give_codes(place, diary, everybody, seed)
    return diary


def _asked(number: int, act: Act) -> Asked:
    context = CommandContext(f"demo-{number}", act.at, act.by.author, act.by.staff_id)
    return Asked(context, act.decide)
