"""All forms by the command that they send, and the words of each of its arguments."""

from collections.abc import Mapping

from domain.policy import Parameter, Policy
from services.web.forms import (
    admission_words,
    care_words,
    consent_words,
    session_words,
    shared_words,
    site_words,
    testing_words,
)
from services.web.forms.shape import Argument
from services.web.forms.wording import Ask, Form

GROUPS: Mapping[str, Mapping[str, Form]] = {
    "Referral and admission": admission_words.REFERRALS,
    "Plan of care": care_words.PLANS,
    "Schedule": session_words.PLACES,
    "Assessments": care_words.ASSESSMENTS,
    "Drug tests": testing_words.DRUG_TESTS,
    "Support and outreach": care_words.SUPPORT,
    "Consents": consent_words.CONSENTS,
    "Stay and discharge": admission_words.STAYS,
    "Name and number": admission_words.IDENTITIES,
    "The door": session_words.DOOR,
    "Sessions": session_words.MEETINGS,
    "Tracks": site_words.SERIES,
    "Programs": site_words.PROGRAMS,
    "Site": site_words.SITE,
}
"""The forms by what belongs together, in the order in which people are offered them."""

OF_THE_SITE = ("Sessions", "Tracks", "Programs", "Site")
"""The groups that are about no patient."""

FORMS: Mapping[str, Form] = {
    name: each for forms in GROUPS.values() for name, each in forms.items()
}
"""Each form by its command."""


class NoWords(LookupError):
    """An argument of a command has no words: nobody could be asked for it."""


def ask_of(command: str, argument: Argument) -> Ask:
    """Return the words of an argument. Raises NoWords."""
    said = FORMS[command].asks.get(argument.pointer)
    if said is not None:
        return said
    if argument.of is None:
        found = shared_words.OF_COMMANDS.get(argument.name)
    elif argument.of in {Policy, Parameter}:
        found = shared_words.POLICY
    else:
        found = shared_words.OF_CLASSES.get(f"{argument.of.__name__}.{argument.name}")
    if found is None:
        raise NoWords(f"{command} {argument.pointer}")
    return found
