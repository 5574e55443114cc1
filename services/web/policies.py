"""Policies: by which rules people are judged, and what another one would turn."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, TypeAdapter
from starlette.responses import Response

from domain.errors import Refusal
from domain.policy import Policy
from domain.policy_parameters import PARAMETERS
from projections import care
from services.api import problems
from services.api.body import FacilityId
from services.api.problems import Refused
from services.reports.policies import PolicyChange, Turned, numbers_of, policies, turned_by
from services.reports.policy_preview import offered_policies, policy_preview
from services.reports.queries import NobodyThere
from services.web.named_patients import named_patients, program_names
from services.web.page import Look, Page
from services.web.problem_pages import PageRoute
from services.web.reading import JUDGED, PageReader
from services.web.rules import STANDINGS, period
from services.web.words import dated

QUIET = frozenset({None, "on_track", "met", "waived", "not_applicable"})
"""What asks nothing of anybody."""

COMMANDS: Mapping[tuple[str, str], str] = {
    ("program", "adopt"): "program.adopt-policy",
    ("program", "drop"): "program.drop-policy",
    ("payer", "adopt"): "facility.adopt-payer-policy",
    ("payer", "drop"): "facility.drop-payer-policy",
}

_AS_JSON = TypeAdapter(Policy)


class Considered(BaseModel):
    """A change of policy that somebody looks at before it is made, as the address says."""

    model_config = ConfigDict(extra="ignore")

    whom: str | None = None
    policy: str | None = None
    from_day: date | None = None
    do: Literal["adopt", "drop"] = "adopt"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would turn, and the command that makes it."""

    says: str
    command: str
    payload: dict[str, Any]
    said: str
    done: str
    turned: list[Turned]
    asks: list[Any]
    refusal: str | None = None


def policy_pages(reader: PageReader) -> APIRouter:
    """Return the route of the page."""
    routes = APIRouter(route_class=PageRoute)

    @routes.get("/facilities/{facility_id}/compliance/policies")
    async def policies_page(
        http: Request, facility_id: FacilityId, considered: Annotated[Considered, Query()]
    ) -> Response:
        build = partial(_policies, considered=considered)
        return await reader.show(http, facility_id, "policies.html", build, views=JUDGED)

    return routes


def _policies(page: Page, considered: Considered) -> dict[str, Any]:
    rows = page.rows(policies)
    programs = program_names(page)
    for row in rows:
        row["whom"] = f"payer:{row['payer']}" if row["payer"] else f"program:{row['program_id']}"
    whoms = {
        f"program:{program_id}": f"Everybody in {name}" for program_id, name in programs.items()
    } | {f"payer:{each}": f"Everybody whom {each} pays for" for each in _payers(page, rows)}
    offered = offered_policies(page.reports("policies"))
    preview = _preview(page, considered, whoms, offered)
    return {
        "groups": [
            (whoms.get(whom, whom), list(each))
            for whom, each in groupby(rows, key=lambda row: row["whom"])
        ],
        "whoms": whoms,
        "offered": offered,
        "considered": considered,
        "preview": preview,
        "by_patient": _by_patient(page, preview) if preview else [],
        "summary": _summary(preview.turned) if preview else [],
        "standings": STANDINGS,
        "period": period,
        "quiet": QUIET,
    }


def _payers(page: Page, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    known = page.conn.execute(care.PAYERS, {"facility_id": page.facility_id})
    return sorted({row.payer for row in known} | {row["payer"] for row in rows if row["payer"]})


def _preview(
    page: Page, considered: Considered, whoms: Mapping[str, str], offered: Mapping[str, Policy]
) -> Preview | None:
    """Return what a change would turn; None where none is looked at."""
    if considered.whom is None or considered.policy is None or considered.from_day is None:
        return None
    kind, _, name = considered.whom.partition(":")
    command = COMMANDS.get((kind, considered.do))
    policy = offered.get(considered.policy)
    if considered.whom not in whoms or policy is None or command is None:
        raise Refused(problems.not_there("choose a program or payer, and a policy, of the lists"))
    if not page.may(command):
        raise Refused(problems.not_allowed("your role does not include this"))
    is_adopted = considered.do == "adopt"
    change = PolicyChange(
        name if kind == "program" else None,
        name if kind == "payer" else None,
        policy.policy_id,
        policy if is_adopted else None,
        considered.from_day,
    )
    to = {"program_id": name} if kind == "program" else {"payer": name}
    what: dict[str, Any] = {"policy_id": policy.policy_id}
    if is_adopted:
        what = {"policy": _AS_JSON.dump_python(policy, mode="json")}
    by = f"{policy.name}, version {policy.version}"
    made = partial(
        Preview,
        says=f"{whoms[considered.whom]}: {by}, from {dated(considered.from_day)}",
        command=command,
        payload={**to, **what, "from_day": considered.from_day},
        said=f"{by} is adopted" if is_adopted else f"{by} is dropped",
        done="Adopt it" if is_adopted else "Drop it",
        asks=numbers_of(policy),
    )
    try:
        turned = turned_by(page.reports(policy_preview.name), change)
    except (Refusal, NobodyThere) as why:
        return made(turned=[], refusal=_in_words(str(why)))
    page.looks.append(
        Look(policy_preview.name, {each.patient_id for each in turned if each.patient_id})
    )
    return made(turned=turned)


def _in_words(refusal: str) -> str:
    """Return why a change is refused, with each number called by what it says."""
    return re.sub(r"\w+(?=:)", lambda found: _says(found[0]), refusal)


def _says(word: str) -> str:
    return PARAMETERS[word].says if word in PARAMETERS else word


def _summary(turned: Iterable[Turned]) -> list[tuple[str, int]]:
    """Return how many findings would turn to what, those first that ask something of somebody."""
    counts: Counter[tuple[bool, str]] = Counter()
    for each in turned:
        if each.becomes is None:
            key = (each.was in QUIET, "go")
        else:
            key = (each.becomes in QUIET and each.was in QUIET, each.becomes)
        counts[key] += 1
    said = {
        "go": "would no longer be asked for",
        "breached": "would not be met",
        "impossible": "could not be met any longer",
        "at_risk": "would be at risk",
        "unknown": "would not be known",
        "met": "would be met",
        "on_track": "would be on track",
        "waived": "would be excepted",
        "not_applicable": "would not be applicable",
    }
    return [(said[name], count) for (_, name), count in sorted(counts.items())]


def _by_patient(page: Page, preview: Preview) -> list[tuple[Any, list[Turned]]]:
    """Return the news for each patient, by name, then that about nobody."""
    news = [each for each in preview.turned if not (each.was in QUIET and each.becomes in QUIET)]
    people = named_patients(page, (each.patient_id for each in news))

    def name(of: Turned) -> tuple[bool, str, str]:
        who = people.get(of.patient_id or "")
        return who is None, who.name.casefold() if who else "", of.patient_id or ""

    ordered = sorted(news, key=name)
    return [(people.get(key[2]), list(each)) for key, each in groupby(ordered, key=name)]
