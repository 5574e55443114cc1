"""Signing in through a provider and with a passkey, in Chromium, which keeps cookies as it does."""

import socket
from typing import Any

import pytest
from playwright.async_api import Page

from services.access.openid_settings import CALLBACK, OpenIdSettings
from services.access.principal import Grant, Role
from services.access.public_url import public_url
from tests.support.backend import Backend
from tests.support.browser import open_page
from tests.support.http_api import running_api
from tests.support.openid_provider import CLIENT_ID, CLIENT_SECRET, real_provider

pytestmark = pytest.mark.browser

SEND = """
    async ([method, path, body]) => {
        const headers = body ? { 'content-type': 'application/json' } : {};
        const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
        const text = await answer.text();
        return [answer.status, text ? JSON.parse(text) : null];
    }
"""

CREATE = """
    async (options) => {
        const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
        return (await navigator.credentials.create({ publicKey })).toJSON();
    }
"""

GET = """
    async (options) => {
        const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
        return (await navigator.credentials.get({ publicKey })).toJSON();
    }
"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def send(page: Page, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    status, answer = await page.evaluate(SEND, [method, path, body])
    return status, answer


async def test_somebody_signs_in_at_the_provider_and_is_led_back_signed_in(
    backend: Backend,
) -> None:
    here = public_url(f"http://localhost:{(port := free_port())}")
    with real_provider(redirect_uri=here.at(CALLBACK)) as provider:
        settings = OpenIdSettings(provider.issuer, CLIENT_ID, here, CLIENT_SECRET)
        async with running_api(backend, openid=settings, port=port) as api, open_page() as page:
            api.access.accounts.add("ana", "Ana Diaz", [Grant(Role.FRONT_DESK, "oak-street")])
            await page.goto(here.at("/v1/sign-in/openid?purpose=audit"))
            await page.fill("input[name=login]", "ana")
            await page.fill("input[name=password]", "any")
            await page.click("button[type=submit]")
            await page.click("button[type=submit]")
            await page.wait_for_url(here.at("/"))
            status, me = await send(page, "GET", "/v1/me")
            assert (status, me["account"], me["via"]) == (200, "ana", "oidc")
            assert {each["name"] for each in await page.context.cookies(here.origin)} == {
                "daybook_session"
            }


async def test_somebody_adds_a_passkey_and_signs_in_with_it(backend: Backend) -> None:
    async with running_api(backend) as api, open_page() as page:
        api.access.accounts.add("ana", "Ana Diaz", [Grant(Role.FRONT_DESK, "oak-street")])
        api.access.accounts.change_password("ana", "four horses eat a tent")
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("WebAuthn.enable")
        authenticator = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
        }
        await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": authenticator})
        await page.goto(f"{api.url.replace('127.0.0.1', 'localhost')}/docs")
        known = {"account": "ana", "password": "four horses eat a tent"}
        assert (await send(page, "POST", "/v1/sign-in", known))[0] == 200
        _, options = await send(page, "POST", "/v1/passkeys/options")
        made = {"name": "This one", "credential": await page.evaluate(CREATE, options)}
        assert (await send(page, "POST", "/v1/passkeys", made))[0] == 201
        assert (await send(page, "POST", "/v1/sign-out"))[0] == 204
        for _ in range(2):
            assert (await send(page, "GET", "/v1/me"))[0] == 401
            _, options = await send(page, "POST", "/v1/passkeys/sign-in/options")
            said = {"credential": await page.evaluate(GET, options)}
            status, me = await send(page, "POST", "/v1/passkeys/sign-in", said)
            assert (status, me["account"], me["via"]) == (200, "ana", "passkey")
            assert (await send(page, "POST", "/v1/sign-out"))[0] == 204
