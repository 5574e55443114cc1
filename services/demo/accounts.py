"""Who may sign in to the demo: an account for each role, with a password that is shown once."""

from dataclasses import dataclass, field

from services.access.passwords import random_password
from services.access.principal import Grant, Role
from services.access.store import AccessStore
from services.demo.making import Clinic
from services.demo.place import DIRECTOR, FACILITY_ID, staff_member

DESK = "robin"
"""The second account of the front desk: those who play the clinic's people use it."""


@dataclass(frozen=True, slots=True)
class Login:
    """What somebody signs in with, and as what."""

    role: Role
    account: str
    password: str = field(repr=False)


def add_accounts(access: AccessStore, clinic: Clinic) -> list[Login]:
    """Add an account for each role, and the second one of the front desk, which is the last."""
    leader = staff_member(clinic.place.next_group.staff_id)
    here = {"facility_id": FACILITY_ID}
    wanted = (
        ("frontdesk", "Dana Whitfield", Grant(Role.FRONT_DESK, **here)),
        ("counselor", leader.name, Grant(Role.COUNSELOR, **here, staff_id=leader.staff_id)),
        ("director", staff_member(DIRECTOR).name, Grant(Role.DIRECTOR, **here, staff_id=DIRECTOR)),
        ("compliance", "Omar Haddad", Grant(Role.COMPLIANCE, **here)),
        ("biller", "Grace Lind", Grant(Role.BILLER, **here)),
        ("auditor", "Ines Calloway", Grant(Role.AUDITOR, **here)),
        ("admin", "Alex Moreau", Grant(Role.ADMINISTRATOR)),
        ("patient", "A patient", Grant(Role.PATIENT, **here, patient_id=clinic.a_patient)),
        (DESK, "Robin Vale", Grant(Role.FRONT_DESK, **here)),
    )
    logins = []
    for account, name, grant in wanted:
        password = random_password()
        access.accounts.add(account, name, [grant], with_password=False)
        access.accounts.change_password(account, password)
        logins.append(Login(grant.role, account, password))
    return logins
