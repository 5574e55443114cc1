"""The desk of one client's command: confined to a facility, and each id recorded at most once."""

from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from domain.aggregate import CommandContext
from domain.errors import Refusal
from domain.facility import Facility
from services.application import Daybook
from services.application.unit_of_work import UnitOfWork
from services.command_endpoint.payload import Command
from services.journal import Journal, Receipt, RecordedEvent
from services.vault import Vault


class UnknownFacility(Exception):
    """There is no such facility."""


class IdUsedOtherwise(Exception):
    """Another command was recorded under the same id."""


class _RecordedBefore(Exception):
    """The command was recorded before: there is nothing to decide."""


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
    desk = ClientCommandHandler(journal, vault, request.command, receipt)
    returned: object = None
    refusal: Refusal | None = None
    try:
        returned = request.command.method(
            desk, CommandContext(named, now, request.client), **arguments
        )
    except _RecordedBefore:
        pass
    except Refusal as refused:
        refusal = refused
    # Also where nothing was to be decided: the same command may have been recorded meanwhile.
    known = journal.receipt(receipt.facility_id, receipt.command_id)
    if known is None:
        if refusal:
            raise refusal
        return Executed((), journal.position(), request.command.result(returned))
    if known.digest != receipt.digest:
        raise IdUsedOtherwise
    return Executed(known.events, known.events[-1].position, known.result)


class ClientCommandHandler(Daybook):
    """Takes one command of a client. Other facilities are not there for it."""

    def __init__(self, journal: Journal, vault: Vault, command: Command, receipt: Receipt) -> None:
        super().__init__(journal, vault)
        self._command = command
        self._receipt = receipt

    def begin_work(self, context: CommandContext) -> UnitOfWork:
        """Return the work of one try. Raises UnknownFacility, _RecordedBefore."""
        facility_id = self._receipt.facility_id
        if self.journal.receipt(facility_id, self._receipt.command_id):
            raise _RecordedBefore
        work = UnitOfWork(self.journal, context, facility_id)
        if work.find(Facility.id_of(facility_id), Facility) is None:
            raise UnknownFacility
        return work

    def finish_work(self, work: UnitOfWork, decided: object) -> None:
        """Save what was decided, with the receipt."""
        work.save(replace(self._receipt, result=self._command.result(decided)))
