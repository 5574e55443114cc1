"""The pages: what stands at which address."""

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from services.access.page_looks import PageLooks
from services.api.asker import AskerOf
from services.api.body import FacilityId
from services.api.context import Context
from services.api.reading import Reads
from services.api.sign_in import PasskeyFor
from services.api.turns import Turns
from services.web.account import account_pages
from services.web.begin import begin_pages
from services.web.compliance import compliance_pages
from services.web.compliance_finding import finding_pages
from services.web.documents import document_pages
from services.web.forms.pages import form_pages
from services.web.history import history_pages
from services.web.kiosk import kiosk_page
from services.web.navigation import pages_of_principal
from services.web.operations import operations_pages
from services.web.operations_access import access_pages
from services.web.operations_calendars import calendar_pages
from services.web.operations_imports import import_pages
from services.web.operations_kiosks import kiosk_pages
from services.web.operations_users import user_pages
from services.web.patient import patient_pages
from services.web.patients import patients_pages
from services.web.policies import policy_pages
from services.web.problem_pages import PageRoute, problem_page
from services.web.reading import PageReader
from services.web.rendering import STATIC, static_version
from services.web.session_page import session_pages
from services.web.sign_in import sign_in_pages
from services.web.today import today_pages
from services.web.week import week_pages

PAGES = (
    access_pages,
    account_pages,
    begin_pages,
    compliance_pages,
    document_pages,
    finding_pages,
    form_pages,
    history_pages,
    import_pages,
    kiosk_pages,
    calendar_pages,
    operations_pages,
    patient_pages,
    patients_pages,
    policy_pages,
    session_pages,
    today_pages,
    user_pages,
    week_pages,
)

FOREVER = {"cache-control": "public, max-age=31536000, immutable"}


def web_routes(
    context: Context,
    asker_of: AskerOf,
    reads: Reads,
    passkey_for: PasskeyFor,
    *,
    openid: bool,
) -> APIRouter:
    """Return the routes of all pages; `openid` says whether a provider signs people in."""
    routes = APIRouter(include_in_schema=False)
    reader = PageReader(context, asker_of, reads, Turns(), PageLooks(context.log))
    routes.include_router(sign_in_pages(context, asker_of, reads, passkey_for, openid=openid))
    routes.include_router(kiosk_page(context))
    routes.include_router(_static_files())
    routes.include_router(_start_of_facility(asker_of))
    for pages in PAGES:
        routes.include_router(pages(reader))
    return routes


def _static_files() -> APIRouter:
    routes = APIRouter(route_class=PageRoute)
    files = {
        path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()
    }

    @routes.get("/static/{version}/{name:path}")
    async def static_file(version: str, name: str) -> Response:
        if name not in files:
            return problem_page(404, "there is no such file")
        headers = FOREVER if version == static_version() else {}
        return FileResponse(files[name], headers=headers)

    return routes


def _start_of_facility(asker_of: AskerOf) -> APIRouter:
    routes = APIRouter(route_class=PageRoute)

    @routes.get("/facilities/{facility_id}")
    async def start_of_facility(http: Request, facility_id: FacilityId) -> Response:
        tabs = pages_of_principal((await asker_of(http)).principal, facility_id)
        first = tabs[0].path if tabs else "account"
        return RedirectResponse(f"/facilities/{facility_id}/{first}", 303)

    return routes
