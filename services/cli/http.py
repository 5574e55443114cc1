"""The API as the command line serves it, and what it prints of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.access.accounts import ADMINISTRATOR
from services.access.store import open_access
from services.api.server import DEFAULT, Listen
from services.api.serving import Reach, serving_api
from services.cli.console import out
from services.hosting.bootstrap import Runtime
from services.web.routes import web_routes


def reach_of(data: Path, listen: str | None, *, local_tls: bool) -> Reach:
    """Return where the API listens. Raises what `services.api` raises where that cannot be."""
    at = Listen.read(listen) if listen else DEFAULT
    return Reach.read(data, at, local_tls=local_tls)


@asynccontextmanager
async def serve_api(runtime: Runtime, reach: Reach) -> AsyncIterator[tuple[str, str | None]]:
    """Serve the API; yield its URL and, at the first start, the administrator's password."""
    with open_access(runtime.engines.database_url) as access:
        password = await asyncio.to_thread(access.accounts.add_first_administrator)
        async with serving_api(runtime, access, reach, web_routes) as url:
            yield url, password


def print_api(url: str, password: str | None) -> None:
    """Print where the API is, and how to sign in at the first start."""
    lines = [f"api         {url}", f"            {url}/docs is its page"]
    if password:
        lines.append(f"            sign in as {ADMINISTRATOR} with the password {password}")
        lines.append("            (it is shown this once; choose another one at /v1/password)")
    for each in lines:
        out.print(each, highlight=False, soft_wrap=True)
