"""Signing in through a real OpenID provider over HTTP, as a browser does it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import httpx2
import pytest

from services.access.openid_settings import OpenIdSettings
from services.access.openid_store import OpenIdSubjects
from services.access.principal import Grant, Role
from services.access.public_url import public_url
from services.command_endpoint.problems import MEDIA_TYPE
from tests.support.backend import Backend
from tests.support.http_api import Api, running_api
from tests.support.openid_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    RealProvider,
    real_provider,
    signed_in,
)

CALLBACK = "/v1/sign-in/openid/callback"


@pytest.fixture(scope="module")
def provider() -> Iterator[RealProvider]:
    with real_provider() as running:
        yield running


@pytest.fixture(scope="module")
def settings(provider: RealProvider) -> OpenIdSettings:
    at = public_url("http://localhost:8080")
    return OpenIdSettings(provider.issuer, CLIENT_ID, at, CLIENT_SECRET)


@pytest.fixture
async def api(backend: Backend, settings: OpenIdSettings) -> AsyncIterator[Api]:
    async with running_api(backend, openid=settings) as running:
        running.access.accounts.add(
            "ana", "Ana Diaz", [Grant(Role.FRONT_DESK, "oak-street")], with_password=True
        )
        yield running


async def begun(browser: httpx2.AsyncClient, purpose: str = "treatment") -> httpx2.Response:
    return await browser.get("/v1/sign-in/openid", params={"purpose": purpose})


async def test_a_browser_is_sent_to_the_provider_and_comes_back_signed_in(
    api: Api, provider: RealProvider
) -> None:
    browser = await api.client()
    sent = await begun(browser, "payment")
    assert sent.status_code == 303
    assert sent.headers["location"].startswith(f"{provider.issuer}/auth?")
    cookie = {*sent.headers["set-cookie"].lower().split("; ")}
    assert {"httponly", "samesite=lax", "max-age=600"} <= cookie
    back = await browser.get(CALLBACK, params=signed_in(sent.headers["location"], "ana"))
    assert back.status_code == 200
    assert '<meta http-equiv="refresh" content="0; url=/">' in back.text
    session, ended = (each.lower() for each in back.headers.get_list("set-cookie"))
    assert session.startswith("daybook_session=")
    assert {"httponly", "samesite=strict"} <= {*session.split("; ")}
    assert ended.startswith('daybook_openid="";')
    me = (await browser.get("/v1/me")).json()
    assert (me["account"], me["via"], me["purpose"]) == ("ana", "oidc", "payment")
    # The password that somebody else knows is not what they signed in with.
    assert not me["must_change_password"]


async def test_a_browser_that_a_page_of_another_site_sends_back_is_let_in(api: Api) -> None:
    browser = await api.client()
    sent = await begun(browser)
    navigated = {
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
    }
    params = signed_in(sent.headers["location"], "ana")
    assert (await browser.get(CALLBACK, params=params, headers=navigated)).status_code == 200


async def test_the_same_answer_signs_in_once_and_only_the_browser_that_asked(api: Api) -> None:
    browser, other = await api.client(), await api.client()
    sent = await begun(browser)
    params = signed_in(sent.headers["location"], "ana")
    for _ in range(2):
        stolen = await other.get(CALLBACK, params=params)
        assert stolen.status_code == 401
        assert stolen.json()["type"] == "daybook:refusal:sign-in-unknown"
        assert "set-cookie" not in stolen.headers
    kept = dict(browser.cookies)
    assert (await browser.get(CALLBACK, params=params)).status_code == 200
    replayed = await (await api.client(cookies=kept)).get(CALLBACK, params=params)
    assert replayed.status_code == 401
    assert replayed.json()["type"] == "daybook:refusal:sign-in-replayed"


async def test_who_has_no_account_reads_what_to_do(api: Api) -> None:
    browser = await api.client()
    sent = await begun(browser)
    params = signed_in(sent.headers["location"], "somebody")
    page = await browser.get(CALLBACK, params=params, headers={"accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 403
    assert "You have no account in Daybook: ask an administrator to add one." in page.text
    assert 'href="/v1/sign-in/openid"' in page.text
    assert (await browser.get("/v1/me")).status_code == 401


async def test_a_program_is_answered_with_a_problem(api: Api) -> None:
    answer = await (await api.client()).get(CALLBACK, params={"error": "access_denied"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == MEDIA_TYPE
    wrong = await begun(await api.client(), "curiosity")
    assert wrong.status_code == 400


async def test_an_administrator_gives_an_account_to_whoever_has_the_name_now(api: Api) -> None:
    subjects = OpenIdSubjects(api.access.database)
    subjects.bind("ana", "https://login.example", "the first")
    path, administrator = "/v1/accounts/ana/release", await api.administrator()
    assert (await (await api.director()).post(path)).status_code == 403
    assert (await administrator.post(path)).json() == {"changed": True}
    assert (await administrator.post(path)).json() == {"changed": False}
    assert subjects.bind("ana", "https://login.example", "the second")
    assert (await administrator.post("/v1/accounts/nobody/release")).status_code == 404


async def test_where_the_provider_is_away_it_is_said(
    backend: Backend, settings: OpenIdSettings
) -> None:
    port = urlsplit(settings.issuer).port
    away = replace(settings, issuer=settings.issuer.replace(str(port), "1"))
    async with running_api(backend, openid=away) as api:
        answer = await begun(await api.client())
    assert answer.status_code == 503
    assert answer.json()["type"] == "daybook:refusal:provider-away"


async def test_without_a_provider_there_is_only_the_password(backend: Backend) -> None:
    async with running_api(backend) as api:
        browser = await api.client()
        for path in ("/v1/sign-in/openid", CALLBACK):
            answer = await browser.get(path)
            assert answer.status_code == 404
            assert answer.json()["type"] == "daybook:problem:no-provider"
