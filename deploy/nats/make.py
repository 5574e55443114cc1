"""Makes the folder that nats-server for Daybook starts in: certificates, keys and users.

    python deploy/nats/make.py DIR --host nats.example.org --subscriber billing:oak-street:billable

Run again it keeps what is there, adds who is named and takes out who is named with --remove.
"""

import argparse
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import nkeys  # type: ignore[import-untyped]
import permissions

from services import certificates

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_FACILITY = re.compile(r"[A-Za-z0-9_-]{1,100}")
_KNOWN = "known.json"


class NotMade(Exception):
    """What was asked for cannot be; nothing was changed."""


def make(
    folder: Path,
    *,
    hosts: Iterable[str] = (),
    subscribers: Iterable[str] = (),
    clients: Iterable[str] = (),
    remove: Sequence[str] = (),
) -> None:
    """Make the folder, or bring it up to date; NotMade where something asked for cannot be.

    A subscriber is given as `name:facility:class`, one outside the program as
    `name:facility:shared.recipient`, a client as `name:facility`, or as
    `name:facility:commands` where it may send these commands only.
    """
    known = _known(folder)
    for name in remove:
        if not any(known[kind].pop(name, None) for kind in ("subscribers", "clients")):
            raise NotMade(f"Nobody is called {name}.")
    known["hosts"] = sorted({*known["hosts"], *hosts}) or ["localhost"]
    for text in subscribers:
        name, facility, kind = _parts(text, "name:facility:class")
        if facility != "*":
            _check(facility, _FACILITY, "facility")
        _check_class(facility, kind)
        _add(known, "subscribers", name, [facility, kind])
    for text in clients:
        name, facility, *commands = _parts(text, "name:facility[:commands]")
        _check(facility, _FACILITY, "facility")
        _add(known, "clients", name, [facility, _commands(commands[0])] if commands else facility)
    others = permissions.Others(
        {name: (facility, kind) for name, (facility, kind) in known["subscribers"].items()},
        {name: _client(what) for name, what in known["clients"].items()},
    )
    for name in remove:
        (folder / f"{name}.nk").unlink(missing_ok=True)
    _write_all(folder, known, others)


def _write_all(folder: Path, known: dict[str, Any], others: permissions.Others) -> None:
    rights = permissions.rights_of_all(others)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificates.renew(folder, known["hosts"])
    keys = {name: _public_key(folder / f"{name}.nk") for name in rights}
    # What nats-server reads is JSON, and more.
    found = {"accounts": permissions.accounts(rights, keys)}
    certificates.write(folder / "users.conf", json.dumps(found, indent=1).encode(), 0o600)
    theirs = permissions.consumers(others)
    certificates.write(folder / "subscribers.json", json.dumps(theirs, indent=1).encode(), 0o644)
    certificates.write(folder / _KNOWN, json.dumps(known, indent=1).encode(), 0o600)
    if not (folder / "server.conf").exists():
        shutil.copy(Path(__file__).with_name("server.conf"), folder)


def _known(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / _KNOWN).read_bytes())
    except FileNotFoundError:
        found = {"hosts": [], "subscribers": {}, "clients": {}}
    return found


def _add(known: dict[str, Any], kind: str, name: str, what: Any) -> None:
    _check(name, _NAME, "name")
    if name in {*permissions.OWN, "import"}:
        raise NotMade(f"{name} is a name of Daybook's own.")
    other = "clients" if kind == "subscribers" else "subscribers"
    if name in known[other]:
        raise NotMade(f"{name} is one of the {other} already.")
    known[kind][name] = what


def _check_class(facility: str, kind: str) -> None:
    """Refuse what is no class, and what is shared with others than one recipient of one site."""
    name, dot, recipient = kind.partition(".")
    if name not in permissions.STREAM_OF or (dot and name != permissions.SHARED):
        raise NotMade(f"{kind} is no class; there are {', '.join(permissions.STREAM_OF)}.")
    if kind == permissions.HEADS and facility != "*":
        raise NotMade("heads are of the whole site: NAME:*:heads.")
    if name != permissions.SHARED:
        return
    if not dot or facility == "*":
        raise NotMade(f"{kind} is of one recipient at one facility: FACILITY:shared.RECIPIENT.")
    _check(recipient, _NAME, "recipient")


def _client(what: str | list[Any]) -> tuple[str, tuple[str, ...]]:
    """Return a client's facility and commands, as `known.json` has them: all, if none are named."""
    if isinstance(what, str):
        return what, permissions.EVERY_COMMAND
    facility, commands = what
    return facility, tuple(commands)


def _commands(text: str) -> list[str]:
    """Return the commands of a list with commas; `session.*` is all of an aggregate."""
    # Much is imported with it, and few need it.
    from services.application import COMMANDS  # noqa: PLC0415

    words = set(text.split(","))
    for word in sorted(words - {*COMMANDS, *map(_all_of, COMMANDS)}):
        raise NotMade(f"{word!r} is no command; `daybook contract DIR` lists them.")
    # What another word includes would be taken from the account of the streams twice.
    return sorted(each for each in words if each == _all_of(each) or _all_of(each) not in words)


def _all_of(command: str) -> str:
    return f"{command.partition('.')[0]}.*"


def _parts(text: str, form: str) -> list[str]:
    parts = text.split(":")
    least = form.partition("[")[0].count(":") + 1
    if not least <= len(parts) <= form.count(":") + 1:
        raise NotMade(f"{text} has to be {form}.")
    return parts


def _check(text: str, allowed: re.Pattern[str], what: str) -> None:
    if not allowed.fullmatch(text):
        raise NotMade(f"{text!r} cannot be a {what}: {allowed.pattern} has to fit.")


def _public_key(seed_file: Path) -> str:
    """Return the public key of a seed; make the seed where there is none."""
    if not seed_file.exists():
        seed = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)
        certificates.write(seed_file, seed, 0o600)
    return str(nkeys.from_seed(seed_file.read_bytes().strip()).public_key.decode())


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a folder as the command line says."""
    parser = argparse.ArgumentParser(description="Make nats-server's folder for Daybook.")
    parser.add_argument("folder", type=Path, metavar="DIR")
    for option, metavar, what in (
        ("host", "HOST", "a name or address that clients connect to; localhost if none is given"),
        (
            "subscriber",
            "NAME:FACILITY:CLASS",
            "a service that reads one class of one facility, or shared.RECIPIENT",
        ),
        ("client", "NAME:FACILITY[:COMMANDS]", "a client that sends commands to one facility"),
        ("remove", "NAME", "a subscriber or client to take out; its seed is deleted"),
    ):
        parser.add_argument(f"--{option}", action="append", default=[], metavar=metavar, help=what)
    given = parser.parse_args(arguments)
    try:
        make(
            given.folder,
            hosts=given.host,
            subscribers=given.subscriber,
            clients=given.client,
            remove=given.remove,
        )
    except NotMade as why:
        parser.exit(2, f"{why}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
