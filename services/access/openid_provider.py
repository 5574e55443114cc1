"""The site's OpenID provider: what it says of itself, its keys, and what it says of somebody.

Whatever it says is checked as OpenID Connect Core, section 3.1.3.7, has it.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import (
    ClaimError,
    ExpiredTokenError,
    InvalidKeyIdError,
    JoseError,
)
from joserfc.jwk import KeySet
from joserfc.jwt import Token

from services.access.openid_refusals import (
    AlgorithmNotAllowed,
    BadSignature,
    ProviderAway,
    ProviderRefused,
    ProviderUnsound,
    SignInReplayed,
    TokenExpired,
    TokenNotYetValid,
    WrongAudience,
    WrongIssuer,
)
from services.access.openid_settings import OpenIdSettings
from services.access.openid_store import PendingSignIn
from services.access.public_url import keeps_secrets

ALGORITHMS = frozenset(
    f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)
) | {"EdDSA"}
"""What tokens may be signed with. A secret that both sides know proves not who signed."""

SCOPE = "openid profile email"
KEPT_FOR = 3600.0
"""Seconds for which what the provider says of itself is not asked for again."""
PATIENCE = 10.0
"""Seconds that the provider has for an answer."""
LEEWAY = 60
"""Seconds by which two clocks may differ."""

_SUBJECT = re.compile(r"[ -~]{1,255}")

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Discovered:
    """What the provider says of itself, and its keys; `at` is in seconds of the loop's clock."""

    metadata: Claims
    keys: KeySet
    at: float


class OpenIdProvider:
    """Asks the provider. What it says of itself is kept for an hour, or until a key is unknown."""

    def __init__(
        self,
        settings: OpenIdSettings,
        clock: Callable[[], datetime],
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._transport = transport
        self._discovered: Discovered | None = None
        self._asking = asyncio.Lock()
        self._trusted = ssl.create_default_context()

    async def address(self, pending: PendingSignIn, state: str) -> str:
        """Return the address at which somebody signs in. Raises OpenIdRefused."""
        metadata = (await self._known()).metadata
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=state,
                nonce=pending.nonce,
                code_verifier=pending.verifier,
            )
        return str(url)

    async def claims(self, pending: PendingSignIn, params: Mapping[str, str]) -> Claims:
        """Return what the provider says of who comes back with `params`. Raises OpenIdRefused."""
        metadata = (await self._known()).metadata
        code = self._code(params, metadata)
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        by_post = "client_secret_basic" not in methods and "client_secret_post" in methods
        async with self._answers(), self._client(by_post=by_post) as client:
            answer = await client.fetch_token(
                metadata["token_endpoint"], code=code, code_verifier=pending.verifier
            )
            if not isinstance(told := answer.get("id_token"), str):
                raise self._unsound("no id_token")
            token = await self._verified(told)
            claims = self._checked(token, pending.nonce, answer.get("access_token"))
            return await self._completed(claims, client)

    def _code(self, params: Mapping[str, str], metadata: Claims) -> str:
        """Return the code that is exchanged for claims, where it is this provider's."""
        settings = self._settings
        says_iss = metadata.get("authorization_response_iss_parameter_supported") is True
        if params.get("iss", None if says_iss else settings.issuer) != settings.issuer:
            raise WrongIssuer(host=settings.host)
        if not (code := params.get("code")):
            raise ProviderRefused(host=settings.host)
        return code

    async def _completed(self, claims: Claims, client: AsyncOAuth2Client) -> Claims:
        """Ask for the account's name where the token does not have it."""
        endpoint = (await self._known()).metadata.get("userinfo_endpoint")
        if self._settings.account_claim in claims or not keeps_secrets(str(endpoint)):
            return claims
        response = await client.get(endpoint)
        response.raise_for_status()
        more = response.json()
        if not isinstance(more, dict) or more.get("sub") != claims["sub"]:
            raise self._unsound("userinfo of somebody else")
        return {**more, **claims}

    async def _verified(self, token: str) -> Token:
        """Return a token that one of the provider's keys signed."""
        host = self._settings.host
        try:
            header = jws.extract_compact(token.encode()).headers()
            if header.get("alg") not in ALGORITHMS:
                raise AlgorithmNotAllowed(host=host)
            known = await self._known()
            try:
                return self._decoded(token, known)
            except InvalidKeyIdError:
                return self._decoded(token, await self._known(but_not=known))
        except (JoseError, ValueError):
            raise BadSignature(host=host) from None

    def _decoded(self, token: str, known: Discovered) -> Token:
        registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        return jwt.decode(token, known.keys, registry=registry)

    def _checked(self, token: Token, nonce: str, access_token: object) -> Claims:
        settings = self._settings
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": settings.issuer},
                "aud": {"essential": True, "value": settings.client_id},
                "sub": {"essential": True},
            },
            {"nonce": nonce, "client_id": settings.client_id, "access_token": access_token},
        )
        try:
            claims.validate(now=int(self._clock().timestamp()), leeway=LEEWAY)
        except ExpiredTokenError:
            raise TokenExpired(host=settings.host) from None
        except ClaimError as wrong:
            raise self._wrong(wrong.claim) from None
        except (TypeError, ValueError):
            raise self._unsound("claims") from None
        if not _SUBJECT.fullmatch(claims["sub"]):
            raise self._unsound("claim sub")
        return dict(claims)

    def _wrong(self, claim: str) -> Exception:
        host = self._settings.host
        match claim:
            case "iss":
                return WrongIssuer(host=host)
            case "aud" | "azp":
                return WrongAudience(host=host)
            case "nbf" | "iat":
                return TokenNotYetValid(host=host)
            case "nonce":
                return SignInReplayed()
            case _:
                return self._unsound(f"claim {claim}")

    async def _known(self, *, but_not: Discovered | None = None) -> Discovered:
        """Return what the provider says of itself; not what was known already, if that is named."""
        async with self._asking:
            known, now = self._discovered, asyncio.get_running_loop().time()
            if known is None or known is but_not or now - known.at > KEPT_FOR:
                known = self._discovered = await self._discover(now)
            return known

    async def _discover(self, now: float) -> Discovered:
        settings = self._settings
        async with self._answers(), self._client() as client:
            address = f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            metadata = await self._document(client, address)
            if metadata.get("issuer") != settings.issuer:
                raise WrongIssuer(host=settings.host)
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not keeps_secrets(str(metadata.get(name))):
                    raise self._unsound(name)
            found = await self._document(client, metadata["jwks_uri"])
            try:
                keys = KeySet.import_key_set({"keys": found["keys"]})
            except (JoseError, KeyError, TypeError, ValueError):
                raise self._unsound("keys") from None
            return Discovered(metadata, keys, now)

    async def _document(self, client: AsyncOAuth2Client, address: str) -> dict[str, Any]:
        response = await client.request("GET", address, withhold_token=True)
        response.raise_for_status()
        document = response.json()
        if not isinstance(document, dict):
            raise self._unsound("no document")
        return document

    @asynccontextmanager
    async def _answers(self) -> AsyncIterator[None]:
        """Turn what goes wrong on the way to the provider into a refusal."""
        try:
            async with asyncio.timeout(PATIENCE):
                yield
        except httpx2.HTTPStatusError as answered:
            if (status := answered.response.status_code) < 500:
                raise self._unsound(f"status {status}") from None
            raise ProviderAway(host=self._settings.host) from None
        except AuthlibBaseError:
            raise ProviderRefused(host=self._settings.host) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError):
            raise ProviderAway(host=self._settings.host) from None
        except ValueError:
            raise self._unsound("no JSON") from None

    def _client(self, *, by_post: bool = False) -> AsyncOAuth2Client:
        """Return a client for one sign-in: it keeps its token."""
        settings, secret = self._settings, self._settings.client_secret
        method = "client_secret_post" if by_post else "client_secret_basic"
        return AsyncOAuth2Client(
            client_id=settings.client_id,
            client_secret=secret,
            token_endpoint_auth_method=method if secret else "none",
            code_challenge_method="S256",
            scope=SCOPE,
            redirect_uri=settings.redirect_uri,
            timeout=PATIENCE,
            verify=self._trusted,
            transport=self._transport,
        )

    def _unsound(self, what: str) -> ProviderUnsound:
        return ProviderUnsound(host=self._settings.host, what=what)
