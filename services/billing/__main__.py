"""`python -m services.billing follow|lines|held`: the example service, by hand."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from services.billing.ledger import FollowedElsewhere, Ledger
from services.billing.lines import Line
from services.billing.subscription import Subscriber

WORDS = {"1": "claim", "7": "replace", "8": "void"}


def main() -> int:
    """Do what the words say; return the exit code."""
    words = _words().parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    if words.command == "lines":
        for line in Ledger(words.database).lines():
            show(line)
        return 0
    if words.command == "held":
        for day, payer, reasons, sessions, patient_id in Ledger(words.database).held():
            print(plain(f"{day}  {payer or '-':<12} {reasons:<24} {sessions}  {patient_id}"))
        return 0
    url = _url(words.data)
    if url is None:
        print(
            f"There is no Daybook running in {words.data}: start it with `daybook up`, or set"
            " DAYBOOK_NATS_URL.",
            file=sys.stderr,
        )
        return 2
    ledger = Ledger(words.database, heard=show)
    print(f"Following {words.facility} into {words.database}. Ctrl-C ends it.", file=sys.stderr)
    try:
        asyncio.run(_follow(Subscriber(words.name, words.facility, ledger, url)))
    except FollowedElsewhere as why:
        print(f"{why}.", file=sys.stderr)
        return 1
    return 0


def show(line: Line) -> None:
    """Print a claim line."""
    tier = f"  tier {line.tier}" if line.tier else ""
    units = f"{line.units} unit{'' if line.units == 1 else 's'}"
    claim = (
        f"{WORDS[line.frequency]:<8}{line.day}  {line.payer:<12} {line.revenue_code or '-':<5}"
        f"{line.code:<8} {units}{tier}  {line.patient_id}"
    )
    print(plain(claim), flush=True)


def plain(text: str) -> str:
    """Return what others wrote without what a terminal would obey."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _words() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.billing", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    follow = commands.add_parser("follow", help="follow a facility's billable days, print claims")
    follow.add_argument("--facility", required=True, help="the facility whose days are billed")
    follow.add_argument("--name", default="billing", help="the consumer's name at the server")
    follow.add_argument(
        "--data",
        type=Path,
        default=Path(".daybook"),
        help="the folder of the Daybook to follow, where DAYBOOK_NATS_URL names no server",
    )
    lines = commands.add_parser("lines", help="print all claim lines")
    held = commands.add_parser("held", help="print the days that nobody pays for yet, and why")
    for each in (follow, lines, held):
        each.add_argument(
            "--database",
            type=Path,
            default=Path("billing.sqlite"),
            help="the service's own database",
        )
    return parser


def _url(data: Path) -> str | None:
    """Return where the server is: as the environment says, or as a Daybook noted in its folder."""
    if url := os.environ.get("DAYBOOK_NATS_URL"):
        return url
    with suppress(OSError):
        return (data / "nats.url").read_text(encoding="utf-8").strip() or None
    return None


async def _follow(subscriber: Subscriber) -> None:
    following = asyncio.create_task(subscriber.run())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, following.cancel)
    with suppress(asyncio.CancelledError):
        await following


if __name__ == "__main__":
    sys.exit(main())
