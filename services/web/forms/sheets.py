"""The sheets of a form: the items of a questionnaire, and the dimensions of an edition."""

from domain.levels import DIMENSIONS, HIGHEST_RISK, RATED
from domain.monitoring.instruments import SUMMED
from services.web.forms import phrases
from services.web.forms.choices import Choice
from services.web.forms.field import Field


def questionnaires(pointer: str) -> list[Field]:
    """Return the items of each questionnaire, shown when it is chosen."""
    yes_no = (Choice("0", "No"), Choice("1", "Yes"))
    numbered = {
        "phq-9": dict(zip(SUMMED["phq-9"].items, phrases.PHQ_9, strict=True)),
        "gad-7": dict(zip(SUMMED["gad-7"].items, phrases.GAD_7, strict=True)),
        "bam": {item: phrases.BAM[item] for item in SUMMED["bam"].items},
        "c-ssrs": phrases.C_SSRS,
    }
    answers = {"phq-9": _numbers(3), "gad-7": _numbers(3), "bam": _numbers(4), "c-ssrs": yes_no}
    followed = dict.fromkeys(("3", "4", "5"), ("/answers/2", "1"))
    return [
        Field(
            f"{pointer}/{instrument}",
            "sheet",
            phrases.INSTRUMENTS[instrument],
            phrases.SCALES.get(instrument, ""),
            only_if=("/instrument", instrument),
            parts=tuple(
                Field(
                    f"{pointer}/{item}",
                    "scale",
                    f"{item.partition('-')[0]}. {name}",
                    is_required=True,
                    choices=answers[instrument],
                    only_if=followed.get(item) if instrument == "c-ssrs" else None,
                )
                for item, name in items.items()
            ),
        )
        for instrument, items in numbered.items()
    ]


def dimensions(pointer: str) -> list[Field]:
    """Return the dimensions of each edition that are rated, shown when it is chosen."""
    return [
        Field(
            f"{pointer}/{edition}",
            "sheet",
            "Risk",
            "0 is none, 4 the highest.",
            only_if=("/finding/edition", edition),
            parts=tuple(
                Field(
                    f"{pointer}/{number}",
                    "scale",
                    f"{number}. {DIMENSIONS[edition][number - 1].capitalize()}",
                    is_required=True,
                    choices=_numbers(HIGHEST_RISK),
                )
                for number in numbers
            ),
        )
        for edition, numbers in RATED.items()
    ]


def _numbers(highest: int) -> tuple[Choice, ...]:
    return tuple(Choice(str(number), str(number)) for number in range(highest + 1))
