"""The services of a day: at which sessions the patient was there for long enough of which. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from domain.care import Service
from domain.compliance.facts import OpenSession, Visit
from domain.compliance.procedure_codes import MEDICARE, Codes, Procedure, procedure_of
from domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Given:
    """A service at one session, the minutes for which the patient was there, and its code.

    `procedure` is None where there is no code for it, or the minutes are too few for any.
    """

    visit: Visit
    service: Service
    minutes: int
    procedure: Procedure | None


def given(
    visits: Iterable[Visit],
    counts: Collection[Service],
    codes: Codes = MEDICARE,
) -> list[Given]:
    """Return the services, of those that count, for which the patient was there for a minute."""
    return [
        Given(each, service, minutes, procedure_of(codes, service, minutes))
        for each in visits
        for service in counts
        if (minutes := each.credited.get(service, 0))
    ]


def services_of(visits: Iterable[Visit], counts: Collection[Service]) -> int:
    """Return how many services were attended, of those that count, as Medicare's codes count them.

    A service counts once for each session in which the patient was there for the minutes of its
    code: two sessions of group on one day are two, and one minute is none. That a long session is
    one, however long it is, is a reading of Daybook's (unverified).
    """
    return sum(1 for each in given(visits, counts) if each.procedure)


def primary_of(visits: Iterable[Visit], counts: Collection[Service]) -> int:
    """Return how many of them are primary services: therapy of one, of a group, of a family."""
    found = given(visits, counts)
    return sum(1 for each in found if each.procedure and each.procedure.primary)


def in_person_of(visits: Iterable[Visit], counts: Collection[Service]) -> tuple[int, int]:
    """Return how many of them were at sessions in person, and at hybrid ones.

    Of a hybrid session it is not on record who was in the room and who on a screen.
    """
    held = [each.visit.modality for each in given(visits, counts) if each.procedure]
    return held.count("in-person"), held.count("hybrid")


def is_covered(at: Visit | OpenSession, policy: Policy) -> bool:
    """Tell whether a payer covers a session: none by video where one asks for some in person.

    Medicare does not cover a virtual program
    (https://compliancecosmos.org/iops-are-new-avenue-patients-compare-rule-manual-compliance-sake);
    that a service by video is none of a day that has others is a reading of Daybook's (unverified).
    """
    return at.modality != "video" or policy.parameter("in_person_services_min") is None


def covered(visits: Iterable[Visit], policy: Policy) -> list[Visit]:
    """Return the visits that a payer covers."""
    return [each for each in visits if is_covered(each, policy)]


# Of sessions that the patient could still come to


def services_at(session: OpenSession, counts: Collection[Service]) -> int:
    """Return how many services a session would add."""
    return len(_codes_at(session, counts))


def primary_at(session: OpenSession, counts: Collection[Service]) -> int:
    """Return how many primary services a session would add."""
    return sum(1 for each in _codes_at(session, counts) if each.primary)


def in_person_at(session: OpenSession, counts: Collection[Service]) -> int:
    """Return how many services in person a session would add."""
    return len(_codes_at(session, counts)) if session.modality == "in-person" else 0


def _codes_at(session: OpenSession, counts: Collection[Service]) -> list[Procedure]:
    known = session.scheduled
    found = (procedure_of(MEDICARE, each, known.get(each, 0)) for each in counts)
    return [each for each in found if each]
