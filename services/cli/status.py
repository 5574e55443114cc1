"""`daybook status`, printed."""

from collections.abc import Iterator
from datetime import UTC

from services.audit.notes.witness_answer import Outcome
from services.audit.sealing.seal_status import SealingStatus, WitnessStatus
from services.cli.console import out
from services.cli.skip_event import skip_sentence
from services.embedded import Engines
from services.hosting.attention import FORGET, names_sentence, skip_command, undecided_sentence
from services.hosting.status import Status, StreamStatus
from services.read_models.execution import CLOCK_TICK


def print_engines(engines: Engines) -> None:
    """Print where the engines listen."""
    for engine, address in engines.listens.items():
        out.print(f"{engine:<11} {address}", highlight=False, soft_wrap=True)


def print_status(found: Status, engines: Engines) -> None:
    """Print where journal, streams, views and managers stand, and what stopped one."""
    print_engines(engines)
    lines = [
        f"journal     {found.position} is the last position",
        *(f"            {fault}" for fault in found.record_faults),
        *_of_stream("stream", found.stream, found.position),
        *_of_stream("findings", found.findings, found.findings_told),
        *_of_stream("billable", found.billable, found.told),
        *_of_stream("shared", found.shared, found.shared_told),
        *([f"            {undecided_sentence(found)}"] if found.undecided else []),
    ]
    for view in found.views:
        lines.append(f"{view.name:<11} {view.position}, {_behind(view.lag)}")
        if view.stopped_at:
            time = view.stopped_at == CLOCK_TICK
            where = view.stopped_at if time else f"event {view.stopped_at}"
            lines.append(f"            stopped at {where}: {view.stopped_because}")
            hint = "goes on without the event, on record, after: " + skip_command(view)
            lines.append(
                f"            {'goes on with a sound stream' if view.is_refusing else hint}"
            )
        lines += [f"            {skip_sentence(each)}" for each in view.skipped]
        lines += [f"            {each}" for each in view.warnings]
    lines += [
        f"{'managers' if number == 0 else '':<11} {each.name} {each.position}, {each.due} due"
        for number, each in enumerate(found.managers)
    ]
    if found.nameless:
        lines += [f"names       {names_sentence(found)}", f"            on purpose: {FORGET}"]
    lines += _of_sealing(found.sealing)
    for line in lines:
        out.print(line, highlight=False, soft_wrap=True)


def _of_stream(name: str, found: StreamStatus | None, last: int) -> Iterator[str]:
    behind = last - (found.position if found else 0)
    yield f"{name:<11} {found.position if found else 'not there'}, {_behind(behind)}"
    if found and found.held_up:
        yield f"            held up: {found.held_up}"


def _of_sealing(found: SealingStatus) -> Iterator[str]:
    for number, each in enumerate(found.logs):
        when = f", head of {each.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if each.at else ""
        yield (
            f"{'seals' if number == 0 else '':<11} {each.log}: {each.size} sealed up to position"
            f" {each.position}{when}; {each.unsealed} not sealed"
        )
        if each.refused:
            yield f"            refused: {each.refused}"
    yield from map(_of_witness, found.witnesses)
    if not found.runs and any(each.unsealed for each in found.logs):
        yield "            no sealer runs: `daybook serve sealer`, or `daybook audit seal` once"


def _of_witness(found: WitnessStatus) -> str:
    line = f"            witness {found.name}: "
    if found.cosigned_at:
        line += (
            f"cosigned {found.size} at {found.cosigned_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        )
    else:
        line += "has cosigned nothing"
    if found.outcome is Outcome.COSIGNED:
        return line
    return (
        f"{line}; asked at {found.asked_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC: {found.outcome}"
    )


def _behind(lag: int) -> str:
    return f"{lag} behind" if lag >= 0 else f"{-lag} ahead of what is on record"
