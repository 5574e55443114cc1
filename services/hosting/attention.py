"""What somebody has to see to, as the status tells, and what to do about each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.audit.notes.witness_answer import Outcome
from services.audit.sealing.seal_status import WitnessStatus
from services.hosting.status import ManagerStatus, Status, SubscriberStatus, ViewStatus
from services.read_models.execution import CLOCK_TICK

PUNCTUAL = timedelta(minutes=2)
"""How long a task may be due, and a view not be told the time, before somebody looks why."""

FORGET = "daybook forget PATIENT --because WHY"
"""The command that says on record that a patient is forgotten."""

MUCH = 100
"""So many events behind is more than a moment's work."""

WITNESSED_WITHIN = timedelta(days=1)
"""How long a witness may have cosigned nothing before somebody asks why."""

MUCH_FOR_OTHERS = 1000
"""So many messages behind is more than a subscriber's rest."""


SEALED = {
    "journal": "all that is recorded",
    "access": "who looked at records",
    "findings": "findings that were told",
    "billable": "billable days that were told",
    "shared": "what was told to recipients",
}
"""What each log that is sealed has, in words."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Something to see to: what it is about, what is so, what to do, and the command that does it.

    What is `urgent` does not go on by itself.
    """

    about: str
    says: str
    to_do: str
    command: str | None = None
    urgent: bool = True


def attention(found: Status, now: datetime) -> tuple[Attention, ...]:
    """Return what somebody has to see to, the urgent first."""
    each = [
        *_of_record(found),
        *_of_streams(found),
        *(one for view in found.views for one in _of_view(view, now)),
        *_of_names(found),
        *_of_disclosures(found),
        *_of_managers(found, now),
        *_of_sealing(found, now),
        *(one for subscriber in found.subscribers or () for one in _of_subscriber(subscriber)),
    ]
    return tuple(sorted(each, key=lambda one: not one.urgent))


def undecided_sentence(found: Status) -> str:
    """Return up to where it is decided whom to tell of events."""
    return f"it is decided up to position {found.position - found.undecided} whom to tell"


def _of_disclosures(found: Status) -> Iterator[Attention]:
    if found.undecided > MUCH:
        yield Attention(
            "Disclosures",
            f"Recipients wait: {undecided_sentence(found)}, {found.undecided} behind.",
            "It is decided by what publishes events: see that it runs, and what its log says.",
            "daybook serve relay",
        )


def skip_command(view: ViewStatus) -> str:
    """Return the command by which a view that has stopped goes on without the event."""
    event = "EVENT" if view.stopped_at == CLOCK_TICK else view.stopped_at
    return f"daybook skip-event {view.name} {event} --reason WHY --author WHO"


def _of_record(found: Status) -> Iterator[Attention]:
    for says in found.record_faults:
        yield Attention(
            "Journal",
            f"{says[:1].upper()}{says[1:]}.",
            "Change and delete nothing before it is known what is missing. What the stream still"
            " has can be put back.",
            "daybook audit recover",
        )


def _of_streams(found: Status) -> Iterator[Attention]:
    for name, stream, last in found.streams:
        about = f"Stream of {name}"
        if stream is None and last:
            yield Attention(
                about,
                "It is not there.",
                "It is made by what publishes events: see that it runs.",
                "daybook serve relay",
            )
        elif stream and stream.held_up:
            yield Attention(
                about,
                f"It is held up: {stream.held_up}.",
                "Who follows the stream waits. If it names no way out, have the stream made again"
                " from the journal: nothing is deleted that is nowhere else.",
                "daybook rebuild stream",
            )


def _of_view(view: ViewStatus, now: datetime) -> Iterator[Attention]:
    about = f"View {view.name}"
    if view.stopped_at:
        where = view.stopped_at if view.stopped_at == CLOCK_TICK else f"event {view.stopped_at}"
        if view.is_refusing:
            yield Attention(
                about,
                f"It has stopped at {where}: {view.stopped_because}.",
                "It takes in nothing that is not on record: see to the stream, and it goes on.",
                "daybook status",
            )
            return
        yield Attention(
            about,
            f"It has stopped at {where}: {view.stopped_because}.",
            "Nothing is lost: the journal has everything, and pages show what was so before. Tell"
            " whoever looks after Daybook. To go on without the event, on record:",
            skip_command(view),
        )
    elif not view.serves:
        yield Attention(
            about,
            f"It is being made, and {view.lag:,} events are left.",
            "Wait: pages show it once it is there.",
            urgent=False,
        )
    elif view.looked_at and now - view.looked_at > PUNCTUAL:
        yield _stands_still(about, "It was not told the time for two minutes.")
    elif view.lag > MUCH and view.updated_at and now - view.updated_at > PUNCTUAL:
        yield _stands_still(about, f"It is {view.lag:,} events behind, and takes none in.")
    for warning in view.warnings:
        yield Attention(
            about,
            f"It lacks something: {warning.rstrip('.')}.",
            "It judges what it has. Adopt a policy that is for the rest.",
            urgent=False,
        )


def _stands_still(about: str, says: str) -> Attention:
    to_do = "See that what keeps the views runs; it goes on where it was."
    return Attention(about, says, to_do, "daybook serve projector")


def names_sentence(found: Status) -> str:
    """Say whose names cannot be read though nobody has forgotten them."""
    whose = "1 patient's name" if found.nameless == 1 else f"{found.nameless:,} patients' names"
    return f"{whose} cannot be read: the key is missing from the vault, or is another patient's."


def _of_names(found: Status) -> Iterator[Attention]:
    if found.nameless:
        yield Attention(
            "Names",
            names_sentence(found),
            "Everything else goes on. Restore the table vault.patient_keys from a backup; or, where"
            " that was on purpose, say on record that they are forgotten.",
            FORGET,
        )


def _of_managers(found: Status, now: datetime) -> Iterator[Attention]:
    if found.position and not found.managers:
        yield _managers_away("Managers", "None has worked yet: nothing follows by itself.")
    for manager in found.managers:
        if says := _wrong_with(manager, found.position, now):
            yield _managers_away(f"Manager of {manager.name}", says)


def _wrong_with(manager: ManagerStatus, position: int, now: datetime) -> str | None:
    if manager.due_since and now - manager.due_since > PUNCTUAL:
        tasks = "1 task is" if manager.due == 1 else f"{manager.due:,} tasks are"
        return f"{tasks} overdue."
    if position - manager.position > MUCH:
        return f"It is {position - manager.position:,} events behind."
    return None


def _managers_away(about: str, says: str) -> Attention:
    to_do = "See that the managers run; what is due is done then."
    return Attention(about, says, to_do, "daybook serve managers")


def _of_sealing(found: Status, now: datetime) -> Iterator[Attention]:
    late = [
        each
        for each in found.sealing.logs
        if each.unsealed and (each.at is None or now - each.at > PUNCTUAL)
    ]
    for each in found.sealing.logs:
        if each.refused:
            yield Attention(
                f"Seal of {SEALED[each.log]}",
                f"Nothing more is sealed. {each.refused.rstrip('.')}.",
                "Everything is recorded all the same. What is sound, and what is not, says:",
                "daybook audit verify",
            )
    for witness in found.sealing.witnesses:
        yield from _of_witness(witness, now)
    waiting = sum(each.unsealed for each in late if not each.refused)
    if not waiting:
        return
    rows = "1 record is" if waiting == 1 else f"{waiting:,} records are"
    if not found.sealing.runs:
        yield Attention(
            "Seals",
            f"{rows} not sealed, and no sealer runs: what was changed there would not show.",
            "See that it runs; it goes on where it was.",
            "daybook serve sealer",
        )
    elif waiting > MUCH:
        yield Attention(
            "Seals",
            f"{rows} not sealed yet.",
            "Wait: the sealer runs.",
            urgent=False,
        )


def _of_witness(witness: WitnessStatus, now: datetime) -> Iterator[Attention]:
    if witness.outcome is Outcome.COSIGNED:
        return
    since = witness.cosigned_at
    if since and now - since < WITNESSED_WITHIN:
        return
    lately = f"since {since.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if since else "yet"
    yield Attention(
        f"Witness {witness.name}",
        f"It has cosigned nothing {lately}; it was asked, and the answer was: {witness.outcome}.",
        "Ask who runs it whether it is up, and knows this journal's public key.",
        "daybook audit key",
        urgent=False,
    )


def _of_subscriber(subscriber: SubscriberStatus) -> Iterator[Attention]:
    if subscriber.waiting > MUCH_FOR_OTHERS:
        yield Attention(
            f"Subscriber {subscriber.name}",
            f"{subscriber.waiting:,} messages wait for it.",
            "Tell whoever runs it: they are kept until it reads them.",
            urgent=False,
        )
