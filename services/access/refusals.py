"""What is refused about accounts, sign-in and tokens: sentences for whoever keeps or uses them."""

from math import ceil

from domain.errors import DaybookError


class AccessRefused(DaybookError):
    """The root of what is refused about accounts, sign-in and tokens."""


class NoSuchAccount(AccessRefused):
    """Nobody has an account of this name."""

    def __init__(self, account: str) -> None:
        super().__init__(f"there is no account {account!r}")


class NameTaken(AccessRefused):
    """An account or a token is called so already."""


class AccountUnsound(AccessRefused):
    """An account's name, or what people call it, is none."""


class GrantUnsound(AccessRefused):
    """A role is granted with what does not go with it, or without what it needs."""


class PasswordUnfit(AccessRefused):
    """A password is too short, too long or easily guessed."""


class TokenUnsound(AccessRefused):
    """A token's name, scopes or time of expiry are none."""


class SignInRefused(AccessRefused):
    """Account and password do not go together; which of the two is wrong is not said."""

    def __init__(self) -> None:
        super().__init__("this account and password do not go together")


class TooManyAttempts(AccessRefused):
    """Somebody has to wait before the next attempt; `retry_after_seconds` is a whole number."""

    def __init__(self, seconds: float) -> None:
        self.retry_after_seconds = max(1, ceil(seconds))
        unit = "second" if self.retry_after_seconds == 1 else "seconds"
        super().__init__(
            f"there were too many attempts to sign in: wait {self.retry_after_seconds} {unit},"
            " then try again"
        )


class NoSuchKiosk(AccessRefused):
    """There is no kiosk of this name that could be set up."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no kiosk {name!r} that is good: add it first")


class KioskLinkUnknown(AccessRefused):
    """What should set a tablet up was used, is too old, or never was."""

    def __init__(self) -> None:
        super().__init__("this set-up code was used already or is too old: make a new one")


class KioskLocked(AccessRefused):
    """A kiosk was given too many wrong codes; `retry_after_seconds` is a whole number."""

    def __init__(self, seconds: float) -> None:
        self.retry_after_seconds = max(1, ceil(seconds))
        super().__init__("too many wrong codes: this kiosk takes none for a moment")
