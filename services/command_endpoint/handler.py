"""A client's command: confined to a facility, and each id recorded at most once."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from domain.aggregate import CommandContext
from domain.facility import Facility
from services.access.authorize import (
    PATIENT_IDS,
    author_of,
    check_command,
    client_of,
    with_own_credential,
)
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
    """Return what a client asks for, to be decided or answered as before. Raises Malformed.

    Whether they may is decided with it, on what is on record then.
    """
    command, facility_id = request.command, request.facility_id
    arguments = command.read(request.body)
    if command.with_facility:
        arguments["facility_id"] = facility_id
    principal = request.principal
    client = client_of(principal, command.name, facility_id)
    named = f"{client}:{request.command_id}"
    said = orjson.dumps([command.name, arguments], option=orjson.OPT_SORT_KEYS)
    facility = Facility.id_of(facility_id)

    def decision(work: UnitOfWork) -> object:
        is_there = work.find(facility, Facility) or command.decide is open_facility
        if not (is_there and principal.at(facility_id)):
            raise UnknownFacility
        check_command(work, principal, command.name, arguments, facility_id)
        author, staff_id = author_of(work, principal, command.name, facility_id)
        work.context = replace(work.context, author=author, staff_id=staff_id)
        given = with_own_credential(work, principal, arguments, facility_id)
        work.set_aside()
        return command.result(command.decide(work, **given))

    ids = (each for name, each in arguments.items() if name.endswith("_id") or name in PATIENT_IDS)
    return Asked(
        CommandContext(named, now, client),
        decision,
        facility_id,
        Receipt(facility_id, named, vault.command_hash(said)),
        about=(facility, *(each for each in ids if isinstance(each, str))),
    )
