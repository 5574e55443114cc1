"""A real OpenID provider on loopback (npm's oidc-provider), and somebody who signs in there."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qsl

import httpx2
from joserfc.jwk import RSAKey

from tests.support.backend import PATIENCE
from tests.support.node_tools import NODE, node_with

CLIENT_ID = "daybook"
CLIENT_SECRET = "a secret of the provider and Daybook"  # noqa: S105 - of a test
REDIRECT_URI = "http://localhost:8080/v1/sign-in/openid/callback"


def signing_key(key_id: str = "first") -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": key_id, "use": "sig", "alg": "RS256"})


@dataclass
class RealProvider:
    """The provider while it runs. `key` is what it signs with."""

    issuer: str
    key: RSAKey
    process: "subprocess.Popen[str]"

    def end(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        assert self.process.stdout
        self.process.stdout.close()


@contextmanager
def real_provider(
    people: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    key: RSAKey | None = None,
    port: int = 0,
    redirect_uri: str = REDIRECT_URI,
) -> Iterator[RealProvider]:
    """Run the provider. `people` are the claims of those who sign in under another name."""
    node = node_with("oidc-provider")
    key = key or signing_key()
    client = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uris": [redirect_uri],
    }
    settings = {
        "port": port,
        "keys": [key.as_dict(private=True)],
        "clients": [client],
        "people": people or {},
    }
    process = subprocess.Popen(
        [node, str(NODE / "openid_provider.mjs"), json.dumps(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    lines = iter(process.stdout.readline, "")
    issuer = next((line.strip() for line in lines if line.startswith("http://")), "")
    provider = RealProvider(issuer, key, process)
    try:
        assert issuer, f"the provider ended with {process.wait(PATIENCE)}"
        yield provider
    finally:
        if process.poll() is None:
            provider.end()


def signed_in(url: str, login: str) -> dict[str, str]:
    """Sign in at the provider's pages; return what it sends the browser back with."""
    with httpx2.Client(timeout=PATIENCE, verify=False) as browser:
        response = browser.get(url)
        while (back := _sent_back(response)) is None:
            if response.next_request:
                response = browser.send(response.next_request)
            else:
                action = _found(r'<form [^>]*action="([^"]+)"', response.text)
                prompt = _found(r'name="prompt" value="(\w+)"', response.text)
                form = {"prompt": prompt, "login": login, "password": "any"}
                response = browser.post(action, data=form)
        return back


def turned_back(url: str) -> dict[str, str]:
    """Turn back at the provider's page; return what it sends the browser back with."""
    with httpx2.Client(timeout=PATIENCE, verify=False) as browser:
        response = browser.get(url)
        while (back := _sent_back(response)) is None:
            if response.next_request:
                response = browser.send(response.next_request)
            else:
                response = browser.get(_found(r'href="([^"]+/abort)"', response.text))
        return back


def _sent_back(response: httpx2.Response) -> dict[str, str] | None:
    following = response.next_request
    if following is None or following.url.host == response.url.host:
        return None
    return dict(parse_qsl(following.url.query.decode()))


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, text
    return unescape(found[1])
