"""A patient's record in an emergency: opened with a reason by who is not shown it otherwise."""

from typing import Any
from urllib.parse import parse_qs

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from domain import bounds
from services.access.rights import may_read_in_emergency
from services.api.asker import LONGEST_REASON
from services.web.reading import PageReader
from services.web.rendering import render

SHORTEST_REASON = 3


async def may_open(reader: PageReader, http: Request, facility_id: str) -> bool:
    """Tell whether an emergency opens patients' records to who asks. Raises Refused."""
    asker = await reader.asker_of(http)
    return may_read_in_emergency(asker.principal, "patient", facility_id)


def emergency_form(
    facility_id: str, patient_id: str, *, status: int = 200, **shown: Any
) -> Response:
    """Return the page that asks for the reason."""
    defaults = {"detail": "", "is_wrong": False}
    html = render(
        "patient_emergency.html",
        patients=f"/facilities/{facility_id}/patients",
        address=f"/facilities/{facility_id}/patients/{patient_id}/emergency",
        longest=LONGEST_REASON,
        **{**defaults, **shown},
    )
    return HTMLResponse(html, status)


async def reason_of(http: Request) -> str | None:
    """Return the reason that was given; None where it is none."""
    said = parse_qs((await http.body()).decode("utf-8", "replace"), max_num_fields=5)
    reason = " ".join(said.get("reason", [""])[0].split())
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON or bounds.text_problem(reason):
        return None
    return reason
