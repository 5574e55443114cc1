"""Passwords: how they are made, judged, hashed and compared."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain import bounds
from services.access.refusals import PasswordUnfit, TooManyAttempts

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Argon2id with 19 MiB: some 0.1 s of a core."""

AT_ONCE = 2
"""Hashes that are worked out at once, at most: more would take cores and memory from the rest."""

_places = threading.BoundedSemaphore(AT_ONCE)

PATIENCE = 5.0
"""Seconds that are waited to be one of them."""

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""What a random password is made of: nothing that is taken for something else."""

_COMMONPLACE = (
    *("password", "passw0rd", "letmein", "welcome", "iloveyou", "changeme", "changeit", "default"),
    *("qwertyuiop", "qwerty", "qwertz", "asdfghjkl", "asdfgh", "zxcvbnm", "abcdefgh", "abcdef"),
    *("administrator", "admin", "daybook", "clinic", "counselor", "recovery", "therapy", "secret"),
    *("sunshine", "football", "baseball", "dragon", "monkey", "princess", "summer", "winter"),
)
"""Words around which the passwords are made that are tried first."""

_LEAST_BESIDE = 4
"""Different letters that a password has, at least, beside them and the account's name."""


def random_password() -> str:
    """Return a new password that is easily read out: 20 letters and digits, 99 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))


def check_fit(account: str, password: str) -> None:
    """Raise PasswordUnfit where a password is too short, too long or easily guessed."""
    if problem := bounds.PASSWORD_CHARACTERS.problem(len(password)):
        raise PasswordUnfit(f"the number of characters of a password is {problem}")
    beside = password.casefold()
    for word in (account, *_COMMONPLACE):
        beside = beside.replace(word, "")
    if len({each for each in beside if each.isalpha()}) < _LEAST_BESIDE:
        raise PasswordUnfit(
            "the password is one of those that are tried first: four words that have nothing to do"
            " with each other make a better one"
        )


def hashed(password: str) -> str:
    """Return a password's hash, salted."""
    with _one_of_few():
        return _HASHER.hash(_said(password))


def is_outdated(found: str) -> bool:
    """Tell whether a hash was made as passwords are no longer hashed."""
    return _HASHER.check_needs_rehash(found)


def matches(password: str, found: str | None) -> bool:
    """Tell whether a password has this hash; without one it takes as long and is never true.

    Raises TooManyAttempts where too many are compared at once.
    """
    with _one_of_few():
        try:
            return _HASHER.verify(found or _DUMMY, _said(password)) and found is not None
        except (VerificationError, InvalidHashError):
            return False


def _said(password: str) -> bytes:
    """Return what is hashed: of what is longer than any password, no more than tells it apart."""
    return password[: bounds.PASSWORD_CHARACTERS.greatest + 1].encode(errors="surrogatepass")


@contextmanager
def _one_of_few() -> Iterator[None]:
    if not _places.acquire(timeout=PATIENCE):
        raise TooManyAttempts(PATIENCE)
    try:
        yield
    finally:
        _places.release()


_DUMMY = (
    "$argon2id$v=19$m=19456,t=2,p=1$"
    "ZGF5Ym9vay1ub2JvZHktMA$cW4qUzkGmVdfAJnJxmzDt8YH1vFWXI2GCdXFmEiQ5Gk"
)
"""Compared with where there is no hash, so that the time tells nobody who has an account."""
