"""Who asks for something: an account, and what was granted to it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Role(StrEnum):
    """What somebody does at a clinic, or for one."""

    FRONT_DESK = "front-desk"
    COUNSELOR = "counselor"
    DIRECTOR = "director"
    COMPLIANCE = "compliance"
    BILLER = "biller"
    AUDITOR = "auditor"
    """Reads all, and changes nothing."""
    ADMINISTRATOR = "administrator"
    """Opens facilities and keeps accounts; sees no patient."""
    SERVICE = "service"
    """A program of others."""
    KIOSK = "kiosk"
    PATIENT = "patient"
    OPERATOR = "operator"
    """Whoever has the machine: the command line on the data folder, which holds the site's key."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at a facility; without `facility_id`, at every one.

    `staff_id` says who on its staff it is, `patient_id` whose record a patient's own is.
    """

    role: Role
    facility_id: str | None = None
    staff_id: str | None = None
    patient_id: str | None = None


Via = Literal["password", "oidc", "passkey", "token", "nats", "command line"]
"""How somebody has shown who they are."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `account` is the client of their commands, `name` what people call them.

    `scopes` are the only commands and questions of a token, where it names any. Only a client over
    NATS may be without an account.
    """

    account: str
    name: str
    grants: tuple[Grant, ...]
    via: Via
    scopes: frozenset[str] | None = None
    has_account: bool = True

    def at(self, facility_id: str) -> tuple[Grant, ...]:
        """Return what is granted at a facility."""
        return tuple(each for each in self.grants if each.facility_id in {None, facility_id})


def principal_of_client(client: str, facility_id: str) -> Principal:
    """Return a client over NATS that has no account: the server's permissions say what it may send.

    One that is called as somebody on the staff signs as they do.
    """
    grant = Grant(Role.SERVICE, facility_id, staff_id=client)
    return Principal(client, client, (grant,), "nats", has_account=False)
