"""Who pays for those at the demo's clinic, and what each asks for."""

from collections.abc import Mapping
from datetime import date

from domain.policy import Parameter, Policy
from services.policy_packs import packs

MEDICAID, MEDICARE, INSURANCE = "Medicaid", "Medicare", "Harbor Health Plan"

CONTRACT = Policy(
    policy_id="medicaid-contract",
    version=1,
    name="Medicaid, contract of this clinic (invented)",
    regime="payer",
    population=None,
    dated=date(2026, 1, 5),
    counts=("group", "individual", "family", "education", "skills", "holistic"),
    parameters=(
        Parameter("day_minutes_min", 110, "the clinic's contract, section 4 (invented)", False),
        Parameter(
            "discrete_below_minimum", 1, "the clinic's contract, section 4 (invented)", False
        ),
    ),
)
"""A short day is billed by its services, as some states have it."""

PAYER_POLICIES: Mapping[str, tuple[Policy, ...]] = {
    MEDICAID: (CONTRACT,),
    MEDICARE: (packs()["medicare-iop"],),
    INSURANCE: (packs()["commercial-per-diem"], packs()["program-standards-authorizations"]),
}
"""By which policies their patients are judged, beside those of the programs."""
