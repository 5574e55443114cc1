"""What a policy would turn before it is adopted, or dropped, as a question."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from domain.compliance.finding import State
from domain.errors import Refusal
from domain.policy import Policy, RuleName
from domain.policy_parameters import Unit
from services.policy_packs import packs
from services.reports.findings import FINDING, MRN
from services.reports.policies import PolicyChange, Turned, adopted_policies, turned_by
from services.reports.queries import ReportQueries, Unanswerable
from services.reports.question import JUDGED, Column, names, question
from services.reports.report import Report, Row

PREVIEW_COLUMNS = (
    FINDING,
    Column("rule", RuleName, "The rule.", "attended-hours"),
    Column("policy", str, "The policy that asks for it.", "ny-oasas-ios"),
    MRN,
    Column("about", str | None, "What session, counselor or program it is.", None),
    Column("from", date, "The first day that it is about.", date(2026, 11, 16)),
    Column("to", date, "The last one.", date(2026, 11, 22)),
    Column("was", State | None, "What it comes to now; none where it is not asked for.", "met"),
    Column("becomes", State | None, "What it would come to; none where it would go.", "breached"),
    Column("measured", int | None, "What was measured, or will be as it is scheduled.", 402),
    Column("required", int, "What the policy asks for.", 540),
    Column("unit", Unit, "The unit of both.", "minutes"),
    Column("because", str, "Why, in words.", "402 minutes were attended"),
)

OfPolicy = Annotated[str, "The policy's id: one that comes with Daybook, or was adopted here."]
OfVersion = Annotated[int | None, "Its version; the latest unless given."]
FromDay = Annotated[date, "The first day of the change."]
OfProgram = Annotated[str | None, "The program that would adopt or drop it; or give a payer."]
OfPayer = Annotated[str | None, "The payer whose patients it is for; or give a program."]
Done = Annotated[Literal["adopt", "drop"], "What would be done with it."]


@question("policy-preview", reads=(*JUDGED, "schedule"), columns=PREVIEW_COLUMNS)
def policy_preview(
    reports: ReportQueries,
    *,
    policy: OfPolicy,
    from_day: FromDay,
    version: OfVersion = None,
    program_id: OfProgram = None,
    payer: OfPayer = None,
    do: Done = "adopt",
) -> Report:
    """Return each finding that adopting or dropping a policy would turn; nothing is recorded.

    It is decided and judged as the command itself would be: what that would refuse is answered with
    the reason.
    """
    if (program_id is None) == (payer is None):
        raise Unanswerable("give either a program or a payer")
    known = _version(offered_policies(reports), policy, version)
    change = PolicyChange(program_id, payer, policy, known if do == "adopt" else None, from_day)
    try:
        turned = turned_by(reports, change)
    except Refusal as why:
        raise Unanswerable(str(why)) from None
    with reports.connected() as conn:
        people = reports.people(conn)
        people.load(each.patient_id for each in turned)
        rows = [
            _row(each, people.mrn(each.patient_id) if each.patient_id else None) for each in turned
        ]
    title = "What would turn" if rows else "Nothing would turn"
    return Report.of(title, names(PREVIEW_COLUMNS), rows)


def offered_policies(reports: ReportQueries) -> Mapping[str, Policy]:
    """Return the policies that can be adopted: what comes with Daybook, and what the site has had.

    Each is named by its id and version, as `asam-2.1-adult@2`.
    """
    known = [*packs().values(), *adopted_policies(reports)]
    return {f"{each.policy_id}@{each.version}": each for each in known}


def _version(offered: Mapping[str, Policy], policy_id: str, version: int | None) -> Policy:
    """Return a policy of an id, the latest unless a version is named. Raises Unanswerable."""
    theirs = [
        each
        for each in offered.values()
        if each.policy_id == policy_id and version in {None, each.version}
    ]
    if not theirs:
        raise Unanswerable("there is no policy of this id and version")
    return max(theirs, key=lambda each: each.version)


def _row(turned: Turned, mrn: str | None) -> Row:
    values = (
        *(turned.finding_id, turned.rule, turned.policy_id, mrn, turned.about),
        *(turned.first_day, turned.last_day, turned.was, turned.becomes),
        *(turned.measured, turned.required, turned.unit, turned.because),
    )
    return Row((turned.first_day, turned.rule, turned.finding_id), values, turned.patient_id)
