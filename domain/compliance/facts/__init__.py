"""What is known of a patient, a session, a program, a site: that by which it is judged. Pure.

Each fact carries the ids of the events that say so (aggregate:version). Days are those of the
facility's clocks, instants are in UTC.
"""

from domain.compliance.facts.counselor import CensusFacts, Client, CounselorFacts
from domain.compliance.facts.day import DayFacts, OpenSession
from domain.compliance.facts.done import Done, Noted, VisitStatus
from domain.compliance.facts.ground import (
    FacilityFacts,
    ProgramFacts,
    Supervision,
    Treats,
    Version,
    Versions,
)
from domain.compliance.facts.note import OwnNote
from domain.compliance.facts.patient import (
    Agreed,
    Attempt,
    Authorized,
    Certified,
    Disclosed,
    Hospitalized,
    Incident,
    InForce,
    Leave,
    PatientFacts,
    Phased,
    Since,
    Stay,
    Summarized,
    Waiver,
    latest,
)
from domain.compliance.facts.session import PaidBy, Place, SessionFacts
from domain.compliance.facts.visit import Visit

__all__ = [
    "Agreed",
    "Attempt",
    "Authorized",
    "CensusFacts",
    "Certified",
    "Client",
    "CounselorFacts",
    "DayFacts",
    "Disclosed",
    "Done",
    "FacilityFacts",
    "Hospitalized",
    "InForce",
    "Incident",
    "Leave",
    "Noted",
    "OpenSession",
    "OwnNote",
    "PaidBy",
    "PatientFacts",
    "Phased",
    "Place",
    "ProgramFacts",
    "SessionFacts",
    "Since",
    "Stay",
    "Summarized",
    "Supervision",
    "Treats",
    "Version",
    "Versions",
    "Visit",
    "VisitStatus",
    "Waiver",
    "latest",
]
