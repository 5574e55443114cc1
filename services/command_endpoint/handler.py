"""A client's command: confined to a facility, and each id recorded at most once."""

from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from domain.aggregate import CommandContext
from domain.errors import Refusal
from domain.facility import Facility
from services.application.facilities import open_facility
from services.application.handler import CommandHandler
from services.application.unit_of_work import UnitOfWork
from services.command_endpoint.payload import Command
from services.journal import Journal, Receipt, RecordedEvent
from services.vault import Vault


class UnknownFacility(Exception):
    """There is no such facility."""


class IdUsedOtherwise(Exception):
    """Another command was recorded under the same id."""


@dataclass(frozen=True, slots=True)
class Request:
    """A command that a client sent; `command_id` is the client's own name for it."""

    facility_id: str
    client: str
    command: Command
    command_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Executed:
    """What became of a command: its events, the position that includes them, what it returned.

    There are no events where what it asked for was so already, or in a preview.
    """

    events: tuple[RecordedEvent, ...]
    position: int
    result: object


def execute(journal: Journal, vault: Vault, request: Request, now: datetime) -> Executed:
    """Take a command: decide and record it, or answer as before where it was recorded already.

    Raises Refusal, Malformed, UnknownFacility, IdUsedOtherwise, and what the engines raise.
    """
    arguments = request.command.read(request.body)
    if request.command.with_facility:
        arguments["facility_id"] = request.facility_id
    named = f"{request.client}:{request.command_id}"
    asked = orjson.dumps([request.command.name, arguments], option=orjson.OPT_SORT_KEYS)
    receipt = Receipt(request.facility_id, named, vault.command_hash(asked))

    def decision(work: UnitOfWork) -> object:
        if journal.receipt(receipt.facility_id, receipt.command_id):
            work.discard()
            return None
        known = work.find(Facility.id_of(receipt.facility_id), Facility)
        if known is None and request.command.decide is not open_facility:
            raise UnknownFacility
        returned = request.command.result(request.command.decide(work, **arguments))
        work.receipt = replace(receipt, result=returned)
        return returned

    returned: object = None
    refusal: Refusal | None = None
    try:
        returned = CommandHandler(journal, vault).decide(
            CommandContext(named, now, request.client),
            decision,
            facility_id=request.facility_id,
            exclusive=request.command.decide.turn(**arguments),
        )
    except Refusal as refused:
        refusal = refused
    # Also where nothing was to be decided: the same command may have been recorded meanwhile.
    known = journal.receipt(receipt.facility_id, receipt.command_id)
    if known is None:
        if refusal:
            raise refusal
        return Executed((), journal.position(), returned)
    if known.digest != receipt.digest:
        raise IdUsedOtherwise
    return Executed(known.events, known.events[-1].position, known.result)
