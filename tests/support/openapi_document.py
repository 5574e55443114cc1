"""The OpenAPI document of the API, made without an engine."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import MagicMock

from services.api.openapi import document
from services.api.server import Listen
from services.api.serving import Reach, routed_app

NOWHERE = MagicMock()
NOWHERE.vault.kiosk_secret.return_value = bytes(32)

DOCUMENT = document(
    routed_app(
        NOWHERE,
        MagicMock(),
        Reach(Listen("127.0.0.1", 0), tls=None, public_url=None),
        MagicMock(),
    )
)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each operation with its method and its path."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation
