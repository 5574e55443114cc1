"""Procedure codes: as what a service is billed, from how many minutes on, and in which units. Pure.

Codes, minutes and units are those of the code sets (CPT, HCPCS level II); what they say is put in
Daybook's own words. A source is cited with each; `verified` says that somebody has read there what
is used here. A clinic's contract may say otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.care import Service
from domain.program import Focus


@dataclass(frozen=True, slots=True)
class Procedure:
    """A code, the minutes from which on a session has one unit of it, and those of each further.

    With `minutes_of_a_unit` of None a session has one unit however long it is. `revenue_code` is
    that of a line of the code in a claim of an institution; none of them was read anywhere
    (unverified). `primary` tells whether it is one of the services of which Medicare asks for one
    on each day (unverified).
    """

    code: str
    says: str
    revenue_code: str
    minutes_min: int
    minutes_of_a_unit: int | None
    source: str
    verified: bool
    primary: bool = False

    def units(self, minutes: int) -> int:
        """Return the units of a session with these minutes; 0 where they are too few.

        A unit more begins with more than half of its minutes, as CPT counts time: 8 to 22 minutes
        are one unit of 15 (https://www.carepatron.com/procedure-code/hcpcs-code-h0004/ has the 8).
        Some payers count whole units alone (Michigan, https://docsbay.net/doc/1103399/).
        """
        if minutes < self.minutes_min:
            return 0
        if self.minutes_of_a_unit is None:
            return 1
        return (minutes + (self.minutes_of_a_unit - 1) // 2) // self.minutes_of_a_unit


def _by_15(code: str, says: str, revenue_code: str, source: str, *, verified: bool) -> Procedure:
    return Procedure(code, says, revenue_code, 8, 15, source, verified)


TIMES_OF_PSYCHOTHERAPY = (
    "https://www.novitas-solutions.com/webcenter/portal/MedicareJL/pagebyid?contentId=00026768"
)
FAMILY = Procedure(
    *("90847", "family therapy with the patient", "0916", 26, None),
    "https://helloalma.com/for-providers/resources/cpt-codes-for-psychotherapy/",
    verified=True,
    primary=True,
)
UNREAD = "no source was read"

Codes = Mapping[Service, tuple[Procedure, ...]]
"""The codes of each service, in the order of their minutes."""

MEDICARE: Codes = {
    "individual": (
        Procedure(
            *("90832", "psychotherapy, 16 to 37 minutes", "0914", 16, None),
            TIMES_OF_PSYCHOTHERAPY,
            verified=True,
            primary=True,
        ),
        Procedure(
            *("90834", "psychotherapy, 38 to 52 minutes", "0914", 38, None),
            TIMES_OF_PSYCHOTHERAPY,
            verified=True,
            primary=True,
        ),
        Procedure(
            *("90837", "psychotherapy, 53 minutes and more", "0914", 53, None),
            TIMES_OF_PSYCHOTHERAPY,
            verified=True,
            primary=True,
        ),
    ),
    "group": (
        Procedure(
            *("G0410", "group psychotherapy of such a program", "0915", 45, None),
            "about 45 to 50 minutes, https://www.openpayer.com/billing-codes/"
            "hcpcs-g0410-group-psychotherapy-partial-hospitalization-intensive-outpatient",
            verified=True,
            primary=True,
        ),
    ),
    "family": (FAMILY,),
    "education": (
        Procedure(
            *("G0177", "training and education", "0942", 45, None),
            "45 minutes, as of G0176: that of this code was not read",
            verified=False,
        ),
    ),
    "skills": (
        Procedure(
            *("G0177", "training and education", "0942", 45, None),
            "that skills training is billed by this code is a reading of Daybook's",
            verified=False,
        ),
    ),
    "holistic": (
        Procedure(
            *("G0176", "activity therapy, not for recreation", "0904", 45, None),
            "https://healthprovidersdata.com/hipaa/codes/HCPCS_G0176.aspx",
            verified=True,
        ),
    ),
    "occupational-therapy": (
        Procedure(
            *("G0129", "occupational therapy of such a program", "0430", 45, None),
            "https://www.emedcodes.com/HCPCS/G0129.html",
            verified=True,
        ),
    ),
    "assessment": (
        Procedure(
            *("90791", "psychiatric diagnostic evaluation", "0900", 16, None),
            "https://www.empr.com/home/features/2013-cpt-billing-code-changes-for-psychiatry/;"
            " the code has no minutes, 16 are those of the shortest psychotherapy",
            verified=False,
        ),
    ),
}
"""The services of a day to Medicare.

A physician's visit, and so medication, is paid for apart (42 CFR 410.43(b), the twin of partial
hospitalization, https://law.lawstack.com/cfr/42/410.43/); peer support and case management are
billed by the month (unverified). None of the three is a service of a day here.
"""

DISCRETE: Codes = {
    "individual": (
        _by_15(
            *("H0004", "individual counseling", "0914"),
            "https://www.carepatron.com/procedure-code/hcpcs-code-h0004/",
            verified=True,
        ),
    ),
    "group": (
        Procedure(
            *("H0005", "group counseling", "0915", 45, None),
            "a session, COMAR 10.09.80.08, http://mdrules.elaws.us/comar/10.09.80.08; its 45"
            " minutes are those of G0410",
            verified=False,
        ),
    ),
    "family": (FAMILY,),
    "education": (
        _by_15(
            *("H2027", "psychoeducation", "0942"),
            "https://genhealth.ai/code/hcpcs/H2027-psychoeducational-service-per-15-minutes",
            verified=True,
        ),
    ),
    "skills": (_by_15("H2014", "skills training", "0942", UNREAD, verified=False),),
    "holistic": (_by_15("H2032", "activity therapy", "0904", UNREAD, verified=False),),
    "medication": (_by_15("H2010", "medication services", "0900", UNREAD, verified=False),),
    "peer-support": (
        _by_15(
            *("H0038", "peer support", "0900"),
            "https://rvuedge.com/cpt-codes/other-hcpcs/H0038/",
            verified=True,
        ),
    ),
    "case-management": (
        _by_15(
            *("H0006", "case management", "0900"),
            "of most Medicaid programs, https://www.carepatron.com/procedure-code/hcpcs-code-h0006/",
            verified=True,
        ),
    ),
    "assessment": (
        Procedure(
            *("H0001", "assessment of the use of substances", "0900", 16, None),
            "an assessment, COMAR 10.09.80.08, http://mdrules.elaws.us/comar/10.09.80.08; its 16"
            " minutes are those of the shortest psychotherapy",
            verified=False,
        ),
    ),
}
"""As what a service is billed by itself, where no day of the program can be."""

HOURLY = Procedure(
    *("H2012", "day treatment, by the hour", "0900", 31, 60),
    "Ohio bills less than 2.5 hours a day by the hour, OAC 5160-27-06,"
    " https://regulations.justia.com/states/ohio/title-5160/chapter-5160-27/section-5160-27-06;"
    " the code was not read there",
    verified=False,
)
"""What a day under the minimum is billed as, as a whole, where the payer has an hourly code."""


@dataclass(frozen=True, slots=True)
class PerDiem:
    """A code of a whole day, and the codes that are not billed beside it on the same day.

    One unit is billed a day: https://azahcccs.gov/shared/News/GeneralNews/SetsRatesforOTS.html
    (H0015), https://www.bluecrossnc.com/providers/policies-guidelines-codes/commercial/reimbursement/updates/facility-behavioral-health.html
    (both).
    """

    code: str
    revenue_code: str
    excludes: frozenset[str]


SUBSTANCE_USE_DAY = PerDiem("H0015", "0906", frozenset({"H0001", "H0004", "H0005", "90847"}))
"""H0004 and H0005 not with H0015: Maryland, https://expydoc.com/doc/4609141/. The code itself
includes assessment (https://www.carepatron.com/procedure-code/hcpcs-code-h0015); that it includes
therapy with the family, too, is one payer's word
(https://www.bcbsnd.com/providers/policies-precertification/reimbursement-policy/psychiatric-and-substance-use-services-guidelines)."""

MENTAL_HEALTH_DAY = PerDiem(
    *("S9480", "0905"),
    frozenset({"H0001", "H0004", "H0005", "H2014", "H2027", "H2032", "90847"}),
)
"""New York bills nothing beside S9480 but medication, complex care, peer services and collateral
(https://wchsb.com/wch-news/intensive-outpatient-service-ios)."""

PER_DIEM: Mapping[str, PerDiem] = {
    each.code: each for each in (SUBSTANCE_USE_DAY, MENTAL_HEALTH_DAY)
}


def per_diem_of(focus: Focus | None) -> PerDiem:
    """Return as what a day is billed of a program that treats for something.

    0906 and H0015 are of substance use, 0905 and S9480 of mental health; of both it is the former
    (https://azcompletehealth.com/newsroom/PU24047.html: H0015 provides co-occurring treatment).
    """
    return MENTAL_HEALTH_DAY if focus == "mental-health" else SUBSTANCE_USE_DAY


def procedure_of(codes: Codes, service: Service, minutes: int) -> Procedure | None:
    """Return the code of a service for these minutes; None where there is none, or they are few."""
    able = (each for each in codes.get(service, ()) if each.units(minutes))
    return max(able, key=lambda each: each.minutes_min, default=None)
