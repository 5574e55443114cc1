"""A client's command: confined to a facility, and each id recorded at most once."""

import re
from dataclasses import dataclass
from datetime import datetime

import orjson

from domain.aggregate import CommandContext
from domain.facility import Facility
from services.access.principal import Principal
from services.application import UnitOfWork
from services.application.asked import Asked
from services.application.facilities import open_facility
from services.command_endpoint.payload import Command
from services.journal import Receipt
from services.vault import Vault

LARGEST = 256 * 1024
"""Bytes of a payload, at most."""

COMMAND_ID = re.compile(r"[A-Za-z0-9._~-]{1,100}")
"""What a client may call a command."""

COMMAND_ID_FORM = "1 to 100 letters, digits or any of . _ ~ -"


class UnknownFacility(Exception):
    """There is no such facility."""


@dataclass(frozen=True, slots=True)
class Request:
    """A command that a client sent; `command_id` is the client's own name for it.

    `principal` is who the client is, and what was granted to them.
    """

    facility_id: str
    client: str
    command: Command
    command_id: str
    body: bytes
    principal: Principal


def asked_by(request: Request, vault: Vault, now: datetime) -> Asked:
    """Return what a client asks for, to be decided or answered as before. Raises Malformed."""
    command, facility_id = request.command, request.facility_id
    arguments = command.read(request.body)
    if command.with_facility:
        arguments["facility_id"] = facility_id
    named = f"{request.client}:{request.command_id}"
    said = orjson.dumps([command.name, arguments], option=orjson.OPT_SORT_KEYS)
    facility = Facility.id_of(facility_id)

    def decision(work: UnitOfWork) -> object:
        if work.find(facility, Facility) is None and command.decide is not open_facility:
            raise UnknownFacility
        return command.result(command.decide(work, **arguments))

    ids = (each for name, each in arguments.items() if name.endswith("_id"))
    return Asked(
        CommandContext(named, now, request.client),
        decision,
        facility_id,
        Receipt(facility_id, named, vault.command_hash(said)),
        about=(facility, *(each for each in ids if isinstance(each, str))),
    )
