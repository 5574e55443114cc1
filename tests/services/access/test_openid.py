"""Sign-in through a real OpenID provider, and through one that is not what it should be."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt

from services.access.openid import OpenId
from services.access.openid_refusals import (
    AccountDisabled,
    AccountMissing,
    AlgorithmNotAllowed,
    AnotherPerson,
    BadSignature,
    OpenIdRefused,
    ProviderAway,
    ProviderRefused,
    ProviderUnsound,
    SignInReplayed,
    SignInUnknown,
    TokenExpired,
    TokenNotYetValid,
    WrongAudience,
    WrongIssuer,
)
from services.access.openid_settings import OpenIdSettings
from services.access.openid_store import OpenIdSubjects
from services.access.principal import Grant, Role
from services.access.public_url import public_url
from services.access.store import AccessStore, open_access
from services.embedded import Engines
from tests.support.backend import Backend, ManualClock, fresh_database
from tests.support.openid_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    RealProvider,
    real_provider,
    signed_in,
    signing_key,
    turned_back,
)

PEOPLE: dict[str, dict[str, Any]] = {
    "ana-2": {"preferred_username": "adiaz"},
    "shouting": {"preferred_username": "ADiaz"},
    "kelvin": {"preferred_username": "\N{KELVIN SIGN}im"},
    "nameless": {"preferred_username": None},
    "by-mail": {
        "preferred_username": "adiaz@clinic.example",
        "email": "adiaz@clinic.example",
        "email_verified": True,
    },
    "unverified": {"email": "adiaz@clinic.example", "email_verified": False},
    "elsewhere": {"preferred_username": "adiaz@elsewhere.example"},
}

Claims = dict[str, Any]


@pytest.fixture(scope="module")
def provider() -> Iterator[RealProvider]:
    with real_provider(PEOPLE) as running:
        yield running


@pytest.fixture
def clock() -> ManualClock:
    """A clock that shows the time, by which the provider's tokens go."""
    clock = ManualClock()
    clock.now = datetime.now(UTC)
    return clock


@pytest.fixture(scope="module")
def refusing(shared_engines: Engines) -> Iterator[AccessStore]:
    """A store for tests that sign nobody in."""
    with fresh_database(shared_engines) as fresh, open_access(fresh.database_url) as opened:
        opened.accounts.add("adiaz", "Ana Diaz", [Grant(Role.DIRECTOR)], with_password=False)
        opened.accounts.add("kim", "Kim Lee", [Grant(Role.DIRECTOR)], with_password=False)
        yield opened


@pytest.fixture
def store(backend: Backend, clock: ManualClock) -> Iterator[AccessStore]:
    with open_access(backend.database_url, clock=clock) as opened:
        opened.accounts.add("adiaz", "Ana Diaz", [Grant(Role.DIRECTOR)], with_password=False)
        opened.accounts.add("kim", "Kim Lee", [Grant(Role.DIRECTOR)], with_password=False)
        yield opened


class Altering(httpx2.AsyncHTTPTransport):
    """The way to the provider, on which what it answers is altered."""

    def __init__(self, path: str, alter: Callable[[Claims], Claims]) -> None:
        super().__init__()
        self._path, self._alter = path, alter

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        if request.url.path != self._path:
            return response
        altered = self._alter(json.loads(await response.aread()))
        return httpx2.Response(response.status_code, json=altered)


def forging(provider: RealProvider, **said: object) -> Altering:
    """Let the provider say something else in its tokens, signed with its own key."""

    def alter(answer: Claims) -> Claims:
        claims = {**claims_of(answer["id_token"]), **said}
        kept = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode({"alg": "RS256", "kid": provider.key.kid}, kept, provider.key)
        return {**answer, "id_token": token}

    return Altering("/token", alter)


def by_hmac(token: str, secret: bytes) -> str:
    """Sign a token anew with a secret, as whoever has it could."""
    head, middle = in_base64(b'{"alg":"HS256"}'), token.split(".")[1]
    signed = f"{head}.{middle}"
    return f"{signed}.{in_base64(hmac.digest(secret, signed.encode(), 'sha256'))}"


def in_base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def claims_of(token: str) -> Claims:
    middle = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))))


def openid(
    provider: RealProvider,
    store: AccessStore,
    transport: httpx2.AsyncBaseTransport | None = None,
    **settings: Any,
) -> OpenId:
    kept: Claims = {
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "public_url": public_url("http://localhost:8080"),
        "client_secret": CLIENT_SECRET,
        **settings,
    }
    return OpenId(OpenIdSettings(**kept), store.database, store.accounts, transport)


async def signs_in(openid: OpenId, login: str = "adiaz") -> str:
    begun = await openid.begin("treatment")
    finished = await openid.finish(begun.cookie, signed_in(begun.url, login))
    return finished.account


# Whoever signs in


async def test_whoever_the_provider_names_is_signed_in_for_the_purpose_they_said(
    provider: RealProvider, store: AccessStore
) -> None:
    site = openid(provider, store)
    begun = await site.begin("payment")
    finished = await site.finish(begun.cookie, signed_in(begun.url, "adiaz"))
    assert (finished.account, finished.purpose) == ("adiaz", "payment")


async def test_the_provider_is_asked_for_a_code_that_only_this_sign_in_can_use(
    provider: RealProvider, store: AccessStore
) -> None:
    site = openid(provider, store)
    first, second = [parse_qs(urlsplit((await site.begin("audit")).url).query) for _ in range(2)]
    assert first["response_type"] == ["code"]
    assert first["code_challenge_method"] == ["S256"]
    assert first["redirect_uri"] == ["http://localhost:8080/v1/sign-in/openid/callback"]
    for drawn in ("state", "nonce", "code_challenge"):
        assert len(first[drawn][0]) >= 43
        assert first[drawn] != second[drawn]


async def test_a_code_of_one_sign_in_does_not_finish_another(
    provider: RealProvider, refusing: AccessStore
) -> None:
    site = openid(provider, refusing)
    mine, theirs = await site.begin("audit"), await site.begin("audit")
    stolen = signed_in(theirs.url, "kim")
    own = signed_in(mine.url, "adiaz")
    with pytest.raises(ProviderRefused):
        await site.finish(mine.cookie, {**own, "code": stolen["code"]})


async def test_a_name_in_capitals_is_the_same_name(
    provider: RealProvider, store: AccessStore
) -> None:
    assert await signs_in(openid(provider, store), "shouting") == "adiaz"


async def test_an_address_of_the_sites_domain_names_an_account(
    provider: RealProvider, store: AccessStore
) -> None:
    site = openid(provider, store, account_domain="clinic.example")
    assert await signs_in(site, "by-mail") == "adiaz"
    with pytest.raises(AccountMissing):
        await signs_in(site, "elsewhere")


async def test_a_mail_address_counts_only_where_the_provider_has_verified_it(
    provider: RealProvider, store: AccessStore
) -> None:
    site = openid(provider, store, account_claim="email", account_domain="clinic.example")
    assert await signs_in(site, "by-mail") == "adiaz"
    with pytest.raises(AccountMissing):
        await signs_in(site, "unverified")


async def test_a_program_without_a_secret_is_refused_by_a_provider_that_gave_one(
    provider: RealProvider, refusing: AccessStore
) -> None:
    with pytest.raises(ProviderRefused):
        await signs_in(openid(provider, refusing, client_secret=None))


# Whose account it is


@pytest.mark.parametrize("login", ["somebody", "kelvin", "nameless"])
async def test_whoever_has_no_account_is_not_signed_in(
    provider: RealProvider, refusing: AccessStore, login: str
) -> None:
    with pytest.raises(AccountMissing, match="ask an administrator to add one"):
        await signs_in(openid(provider, refusing), login)


async def test_a_disabled_account_signs_nobody_in(
    provider: RealProvider, store: AccessStore
) -> None:
    store.accounts.disable("adiaz")
    with pytest.raises(AccountDisabled):
        await signs_in(openid(provider, store))


async def test_somebody_else_to_whom_the_provider_gave_the_name_is_not_signed_in(
    provider: RealProvider, store: AccessStore
) -> None:
    site = openid(provider, store)
    assert await signs_in(site, "adiaz") == "adiaz"
    with pytest.raises(AnotherPerson, match="belonged to somebody else"):
        await signs_in(site, "ana-2")
    assert await signs_in(site, "adiaz") == "adiaz"
    assert OpenIdSubjects(store.database).release("adiaz")
    assert await signs_in(site, "ana-2") == "adiaz"


def test_of_two_who_come_first_at_once_the_account_is_ones_alone(store: AccessStore) -> None:
    subjects = OpenIdSubjects(store.database)

    def binds(subject: int) -> bool:
        return subjects.bind("adiaz", "https://login.example", str(subject))

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(binds, range(4))) == [False, False, False, True]


async def test_somebody_who_was_renamed_is_not_signed_in_as_whoever_has_the_new_name(
    provider: RealProvider, store: AccessStore
) -> None:
    await signs_in(openid(provider, store), "adiaz")
    renamed = forging(provider, preferred_username="kim")
    with pytest.raises(AnotherPerson):
        await signs_in(openid(provider, store, renamed), "adiaz")


# What is used twice, too late, or by somebody else


async def test_a_sign_in_is_finished_once(provider: RealProvider, store: AccessStore) -> None:
    site = openid(provider, store)
    begun = await site.begin("audit")
    params = signed_in(begun.url, "adiaz")
    await site.finish(begun.cookie, params)
    with pytest.raises(SignInReplayed):
        await site.finish(begun.cookie, params)


async def test_a_sign_in_of_another_browser_is_not_finished(
    provider: RealProvider, store: AccessStore
) -> None:
    site = openid(provider, store)
    begun, others = await site.begin("audit"), await site.begin("audit")
    params = signed_in(begun.url, "adiaz")
    for cookie in (None, "", "\x00", "guessed", others.cookie):
        with pytest.raises(SignInUnknown):
            await site.finish(cookie, params)
    with pytest.raises(SignInUnknown):
        await site.finish(begun.cookie, {**params, "state": "\x00"})
    await site.finish(begun.cookie, params)


async def test_who_takes_longer_than_ten_minutes_begins_again(
    provider: RealProvider, store: AccessStore, clock: ManualClock
) -> None:
    site = openid(provider, store)
    begun = await site.begin("audit")
    params = signed_in(begun.url, "adiaz")
    clock.move(minutes=10)
    with pytest.raises(SignInUnknown, match="in the last 10 minutes"):
        await site.finish(begun.cookie, params)


async def test_sign_ins_that_are_long_over_are_forgotten(
    provider: RealProvider, store: AccessStore, backend: Backend, clock: ManualClock
) -> None:
    site = openid(provider, store)
    for _ in range(3):
        await site.begin("audit")
    clock.move(hours=1, seconds=1)
    await site.begin("audit")
    assert backend.rows("SELECT count(*) FROM access.pending_sign_ins") == [(1,)]


async def test_of_a_sign_in_nothing_is_kept_that_finishes_it(
    provider: RealProvider, store: AccessStore, backend: Backend
) -> None:
    begun = await openid(provider, store).begin("audit")
    kept = str(backend.rows("SELECT p::text FROM access.pending_sign_ins p"))
    assert "audit" in kept
    assert begun.cookie not in kept
    assert parse_qs(urlsplit(begun.url).query)["state"][0] not in kept


async def test_a_token_for_another_sign_in_is_refused(
    provider: RealProvider, refusing: AccessStore
) -> None:
    with pytest.raises(SignInReplayed):
        await signs_in(openid(provider, refusing, forging(provider, nonce="of another")))
    with pytest.raises(SignInReplayed):
        await signs_in(openid(provider, refusing, forging(provider, nonce=None)))


async def test_whoever_turns_back_at_the_provider_is_not_signed_in(
    provider: RealProvider, refusing: AccessStore
) -> None:
    site = openid(provider, refusing)
    begun = await site.begin("audit")
    params = turned_back(begun.url)
    assert params["error"] == "access_denied"
    with pytest.raises(ProviderRefused):
        await site.finish(begun.cookie, params)


# What the provider says


async def test_what_has_expired_is_refused(
    provider: RealProvider, store: AccessStore, clock: ManualClock
) -> None:
    clock.move(minutes=62)
    with pytest.raises(TokenExpired):
        await signs_in(openid(provider, store))


async def test_what_holds_only_later_is_refused(
    provider: RealProvider, store: AccessStore, clock: ManualClock
) -> None:
    clock.move(minutes=-5)
    with pytest.raises(TokenNotYetValid):
        await signs_in(openid(provider, store))


async def test_clocks_may_differ_by_half_a_minute(
    provider: RealProvider, store: AccessStore, clock: ManualClock
) -> None:
    clock.move(seconds=-30)
    assert await signs_in(openid(provider, store)) == "adiaz"


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"aud": "another-program"}, WrongAudience),
        ({"aud": "another-program", "azp": CLIENT_ID}, WrongAudience),
        ({"aud": [CLIENT_ID, "another-program"]}, WrongAudience),
        ({"aud": [CLIENT_ID, "another-program"], "azp": "another-program"}, WrongAudience),
        ({"aud": None}, WrongAudience),
        ({"iss": "https://evil.example"}, WrongIssuer),
        ({"iss": None}, WrongIssuer),
        ({"exp": None}, ProviderUnsound),
        ({"exp": "tomorrow"}, ProviderUnsound),
        ({"exp": 1}, TokenExpired),
        ({"nbf": 4_000_000_000}, TokenNotYetValid),
        ({"iat": 4_000_000_000}, TokenNotYetValid),
        ({"sub": None}, ProviderUnsound),
        ({"sub": "\x00"}, ProviderUnsound),
        ({"sub": "somebody-else"}, ProviderUnsound),
        ({"at_hash": "of another token"}, ProviderUnsound),
        ({"preferred_username": ["adiaz"]}, AccountMissing),
        ({"preferred_username": "adiaz\x00"}, AccountMissing),
    ],
)
async def test_what_is_said_to_others_or_unsound_signs_nobody_in(
    provider: RealProvider, refusing: AccessStore, said: Claims, refusal: type[OpenIdRefused]
) -> None:
    with pytest.raises(refusal):
        await signs_in(openid(provider, refusing, forging(provider, **said)))


async def test_what_somebody_else_signed_is_refused(
    provider: RealProvider, refusing: AccessStore
) -> None:
    impostor = RealProvider(provider.issuer, signing_key("first"), provider.process)
    with pytest.raises(BadSignature):
        await signs_in(openid(provider, refusing, forging(impostor)))
    unknown = RealProvider(provider.issuer, signing_key("never published"), provider.process)
    with pytest.raises(BadSignature):
        await signs_in(openid(provider, refusing, forging(unknown)))


async def test_what_was_changed_after_it_was_signed_is_refused(
    provider: RealProvider, refusing: AccessStore
) -> None:
    def alter(answer: Claims) -> Claims:
        head, _, signature = answer["id_token"].split(".")
        claims = {**claims_of(answer["id_token"]), "preferred_username": "kim"}
        middle = in_base64(json.dumps(claims).encode())
        return {**answer, "id_token": f"{head}.{middle}.{signature}"}

    with pytest.raises(BadSignature):
        await signs_in(openid(provider, refusing, Altering("/token", alter)))


async def test_a_signature_that_proves_nothing_is_refused(
    provider: RealProvider, refusing: AccessStore
) -> None:
    def unsigned(answer: Claims) -> Claims:
        head, middle = in_base64(b'{"alg":"none"}'), answer["id_token"].split(".")[1]
        return {**answer, "id_token": f"{head}.{middle}."}

    def by_a_secret(answer: Claims) -> Claims:
        return {**answer, "id_token": by_hmac(answer["id_token"], CLIENT_SECRET.encode())}

    def by_the_public_key(answer: Claims) -> Claims:
        public = provider.key.as_pem(private=False)
        return {**answer, "id_token": by_hmac(answer["id_token"], public)}

    for alter in (unsigned, by_a_secret, by_the_public_key):
        with pytest.raises(AlgorithmNotAllowed):
            await signs_in(openid(provider, refusing, Altering("/token", alter)))


@pytest.mark.parametrize(
    ("path", "said", "refusal"),
    [
        ("/token", {"id_token": None}, ProviderUnsound),
        ("/token", {"id_token": "no token"}, BadSignature),
        ("/token", {"access_token": None}, ProviderRefused),
        ("/me", {"sub": "somebody-else"}, ProviderUnsound),
        ("/jwks", {"keys": None}, ProviderUnsound),
        ("/jwks", {"keys": []}, ProviderUnsound),
        ("/.well-known/openid-configuration", {"issuer": "https://evil.example"}, WrongIssuer),
        (
            "/.well-known/openid-configuration",
            {"authorization_endpoint": "http://evil.example/auth"},
            ProviderUnsound,
        ),
        (
            "/.well-known/openid-configuration",
            {"token_endpoint": "http://evil.example/token"},
            ProviderUnsound,
        ),
        ("/.well-known/openid-configuration", {"jwks_uri": None}, ProviderUnsound),
    ],
)
async def test_a_provider_that_answers_otherwise_than_it_should_signs_nobody_in(
    provider: RealProvider,
    refusing: AccessStore,
    path: str,
    said: Claims,
    refusal: type[OpenIdRefused],
) -> None:
    def alter(answer: Claims) -> Claims:
        return {name: value for name, value in {**answer, **said}.items() if value is not None}

    with pytest.raises(refusal):
        await signs_in(openid(provider, refusing, Altering(path, alter)))


async def test_the_answer_of_another_provider_is_refused(
    provider: RealProvider, refusing: AccessStore
) -> None:
    site = openid(provider, refusing)
    for issuer in ({"iss": "https://evil.example"}, {}):
        begun = await site.begin("audit")
        params = signed_in(begun.url, "adiaz")
        del params["iss"]
        with pytest.raises(WrongIssuer):
            await site.finish(begun.cookie, {**params, **issuer})


# The provider goes away, and comes back


async def test_where_the_provider_is_away_it_is_said_what_to_do(refusing: AccessStore) -> None:
    with real_provider() as provider:
        site = openid(provider, refusing)
        begun = await site.begin("audit")
        params = signed_in(begun.url, "adiaz")
    with pytest.raises(ProviderAway, match="sign in with your password"):
        await site.finish(begun.cookie, params)
    with pytest.raises(ProviderAway, match=r"127\.0\.0\.1 does not answer"):
        await openid(provider, refusing).begin("audit")


async def test_a_key_that_the_provider_has_changed_is_fetched(store: AccessStore) -> None:
    with real_provider() as provider:
        site = openid(provider, store)
        assert await signs_in(site) == "adiaz"
    port = urlsplit(provider.issuer).port
    assert port
    with real_provider(key=signing_key("second"), port=port):
        assert await signs_in(site) == "adiaz"
