"""What can be recorded of a patient as they are: what makes no sense now is not offered."""

from services.web.forms import choices_of_patient
from services.web.forms.about import About
from services.web.forms.catalog import ask_of
from services.web.forms.fields import SOURCES
from services.web.forms.shape import arguments_of, leaves

OF_CANDIDATES = frozenset({"patient.admit", "patient.close-referral", "patient.refer-up"})

OF_ANYBODY = frozenset(
    {
        *("screening.screen", "assessment.take", "assessment.acknowledge-concern"),
        *("patient.give-consent", "patient.revoke-consent", "patient.disclose"),
        *("patient.name-supporter", "patient.remove-supporter", "patient.note-commitment"),
        *("patient.correct-identity", "patient.correct-record-number", "patient.merge"),
        *("patient.refer-to-resource", "patient.record-resource-outcome"),
    }
)
"""What is recorded of candidates, too."""


def is_possible(command: str, about: About) -> bool:
    """Tell whether a command makes sense of the patient now."""
    patient = about.patient
    match command:
        case "patient.refer":
            return False
        case "patient.take-discharge-back":
            return patient.discharge is not None
        case "patient.accept-collisions":
            return bool(patient.undecided)
        case "patient.taper-plan" | "patient.review-plan" if patient.plan is None:
            return False
        case "drug-testing.draw" | "drug-testing.end-draws":
            return bool(about.drug_testing and about.drug_testing.gaps)
    if command in OF_CANDIDATES:
        return patient.referral is not None
    if patient.admitted_on is None and command not in OF_ANYBODY:
        return False
    return all(map(bool, _choices(command, about)))


def _choices(command: str, about: About) -> list[object]:
    """Return what there is to choose from of the patient, for each argument that needs it."""
    return [
        SOURCES[ask.choices](about)
        for argument in leaves(arguments_of(command))
        if argument.is_required
        and not command.startswith("session.")
        and (ask := ask_of(command, argument)).widget == ""
        and hasattr(choices_of_patient, ask.choices or "-")
    ]
