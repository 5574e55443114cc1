"""What a kiosk kept without a connection and could not record later: somebody sees to it."""

from services.reports.roster import roster
from services.web.page import Page
from services.web.today_acts import Call, Link
from services.web.today_side import Item
from services.web.words import clock, day

SAID = {"here": "“I am here”", "leaving": "“I am leaving”"}


def from_kiosks(page: Page) -> list[Item]:
    """Return what somebody at the desk should see to, in the order in which it was said."""
    if not page.may("kiosk-codes"):
        return []
    waiting = page.context.access.kiosk_presses.waiting(page.facility_id)
    names = page.names(roster, {each.patient_id for each in waiting if each.patient_id})
    found = []
    for each in waiting:
        at = each.said_at.astimezone(page.facility.zone)
        when = clock(at) if at.date() == page.today else f"{clock(at)} on {day(at)}"
        who = names.get(each.patient_id or "", "Somebody with an unknown code")
        said = (
            f"said {SAID[each.said]} at {when} at the kiosk {each.kiosk}, which had no connection."
            " It could not be recorded; put the sign-in sheet right if it counts."
        )
        seen = f"POST /v1/facilities/{page.facility_id}/kiosk-presses/{each.press_id}/seen"
        acts: list[Link | Call] = [Call("Seen to", seen, "It is seen to", f"Seen to: {who}")]
        if each.patient_id in names:
            path = f"{page.base}/patients/{each.patient_id}"
            acts.insert(0, Link("Open", path, f"Open {who}", "quiet"))
        found.append(Item("cloud", "amber", who, said, tuple(acts)))
    return found
