"""The site, the program and the stay of the tests that judge a whole patient."""

from collections.abc import Collection
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from domain.care import Service
from domain.compliance.facts import FacilityFacts, ProgramFacts, Stay, Version
from domain.policy import Parameter, Policy
from domain.program import Program
from tests.support.compliance_week import MONDAY

ZONE = ZoneInfo("America/New_York")
WEEK_ENDS = MONDAY + timedelta(days=6)
PROGRAM_ID = Program.id_of("facility-1", "iop")
ADMITTED = date(2026, 2, 2)


def site() -> FacilityFacts:
    return FacilityFacts("facility-1", ZONE.key, "monday", ("facility-1:1",))


def stay() -> Stay:
    return Stay("iop", ADMITTED, None, ("patient-1:1",))


def policy_of(counts: Collection[Service], **numbers: int) -> Policy:
    """A policy with these numbers and no others, of which these services count."""
    parameters = tuple(Parameter(key, each, "a source", True) for key, each in numbers.items())
    return Policy("house", 1, "House rules", "payer", None, MONDAY, tuple(counts), parameters)


def program(policy: Policy) -> ProgramFacts:
    """A program that has been under a policy for long."""
    versions = {policy.policy_id: {ADMITTED: Version(policy, "program-1:2")}}
    return ProgramFacts("facility-1", versions)
