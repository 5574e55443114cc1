"""The API on real engines, and people and programs who use it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2

from services.access.access_log import GatheredLog, Logged
from services.access.database import utc_now
from services.access.openid_settings import OpenIdSettings
from services.access.principal import Grant, Role
from services.access.store import AccessStore, open_access
from services.api.change_feed import ChangeFeed
from services.api.context import Context
from services.api.positions import Positions
from services.api.reading import ReadModels, Reads
from services.api.server import Listen
from services.api.serving import Reach, serving_context
from services.application import CommandBus
from services.hosting.bootstrap import VIEWS, new_views
from services.read_models.earlier_moments import EarlierMoments
from services.web.routes import web_routes
from tests.support.backend import PATIENCE, Backend

FACILITY = "oak-street"


@dataclass
class Api:
    """A running API; who signs in has their own client, which keeps the cookie."""

    url: str
    context: Context
    opened: AsyncExitStack = field(repr=False)

    @property
    def access(self) -> AccessStore:
        return self.context.access

    @property
    def reads(self) -> Reads:
        """What answers questions, not opened."""
        url = self.context.database_url
        positions = Positions(self.context.journal, url, VIEWS)
        feed = ChangeFeed(self.context.journal, url, positions, VIEWS)
        return Reads(positions, ReadModels(url), feed, EarlierMoments(url, new_views))

    async def client(self, **options: Any) -> httpx2.AsyncClient:
        """Return a client of somebody whom nobody knows."""
        made = httpx2.AsyncClient(base_url=self.url, timeout=PATIENCE, **options)
        return await self.opened.enter_async_context(made)

    async def signed_in(self, *grants: Grant, account: str = "") -> httpx2.AsyncClient:
        """Make an account with these grants, sign it in and return its client."""
        account = account or f"someone-{len(self.access.accounts.all())}"
        self.access.accounts.add(account, account.title(), grants, with_password=False)
        token = self.access.sessions.begin(account, "password", "treatment", "127.0.0.1")
        return await self.client(cookies={"daybook_session": token})

    async def administrator(self) -> httpx2.AsyncClient:
        return await self.signed_in(Grant(Role.ADMINISTRATOR))

    async def director(self, facility_id: str = FACILITY) -> httpx2.AsyncClient:
        return await self.signed_in(Grant(Role.DIRECTOR, facility_id))

    def token(self, *scopes: str, name: str = "door", role: Role = Role.SERVICE) -> dict[str, str]:
        """Make a token; return the header that shows it."""
        made = self.access.tokens.make(name, facility_id=FACILITY, scopes=scopes, days=9, role=role)
        return {"authorization": f"Bearer {made}"}

    def looked(self, **which: Any) -> list[Logged]:
        """Return who looked, the latest first."""
        return self.access.log.find(**which)


async def send(
    client: httpx2.AsyncClient,
    command: str,
    payload: Any,
    key: str = "key-1",
    facility_id: str = FACILITY,
    **headers: str,
) -> httpx2.Response:
    """Send a command."""
    given = {"idempotency-key": key, **headers}
    path = f"/v1/facilities/{facility_id}/commands/{command}"
    return await client.post(path, json=payload, headers=given)


@asynccontextmanager
async def running_api(
    backend: Backend,
    *,
    clock: Callable[[], datetime] = utc_now,
    access_clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    openid: OpenIdSettings | None = None,
    port: int = 0,
) -> AsyncIterator[Api]:
    """Serve the API on a fresh database; nobody keeps its views."""
    async with AsyncExitStack() as opened:
        commands = opened.enter_context(closing(CommandBus(backend.journal, backend.vault)))
        access = opened.enter_context(open_access(backend.database_url, clock=access_clock))
        context = Context(
            database_url=backend.database_url,
            journal=backend.journal,
            vault=backend.vault,
            commands=commands,
            access=access,
            log=GatheredLog(access.log),
            status_of=backend.supervisor(*VIEWS).status,
            clock=clock,
        )
        reach = Reach(Listen("127.0.0.1", port), None, None, openid)
        url = await opened.enter_async_context(serving_context(context, reach, web_routes))
        yield Api(url, context, opened)


OPENING: Sequence[tuple[str, dict[str, Any]]] = (
    (
        "facility.open",
        {
            "name": "Oak Street",
            "timezone": "America/New_York",
            "week_starts_on": "monday",
            "late_after_minutes": 10,
        },
    ),
    ("facility.keep-room", {"room": {"room_id": "room-1", "name": "Room 1", "capacity": 12}}),
    (
        "facility.keep-staff",
        {"staff": {"staff_id": "s-diaz", "name": "Ana Diaz", "credential": "LCSW"}},
    ),
)
"""What opens a facility."""


async def opened_facility(client: httpx2.AsyncClient, facility_id: str = FACILITY) -> None:
    """Open a facility with a room and a staff member."""
    for number, (command, payload) in enumerate(OPENING):
        answer = await send(client, command, payload, f"open-{number}", facility_id)
        assert answer.status_code == 200, answer.text
