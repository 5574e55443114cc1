"""Why a passkey was not taken."""

from services.access.refusals import AccessRefused


class PasskeyRefused(AccessRefused):
    """A passkey was not registered, or signed nobody in."""

    says: str

    def __init__(self, **facts: object) -> None:
        super().__init__(self.says.format(**facts))


class PasskeysNeedName(PasskeyRefused):
    """Browsers have passkeys only for servers with a name."""

    says = "passkeys need a server with a name: set {setting} to the address that browsers use"


class ChallengeUnknown(PasskeyRefused):
    """What the passkey signed was not asked for, was used already, or came too late."""

    says = "this took longer than {minutes} minutes, or was used already: begin again"


class WrongPlace(PasskeyRefused):
    """The passkey was used on another page than Daybook's."""

    says = "the passkey was used at another address than {origin}: open Daybook there"


class NobodyVerified(PasskeyRefused):
    """The passkey did not see to it who uses it."""

    says = "the passkey did not ask who you are: set a PIN, a fingerprint or the like for it"


class PasskeyUnsound(PasskeyRefused):
    """What the passkey answered cannot be verified."""

    says = "what the passkey answered cannot be verified: begin again, or take another one"


class PasskeyUnknown(PasskeyRefused):
    """Nobody registered this passkey."""

    says = "this passkey is not known here: sign in with your password and add it"


class PasskeyOfAnother(PasskeyRefused):
    """The passkey belongs to another account than the one that signs in."""

    says = "this passkey belongs to another account: take one of your own"


class CountedBack(PasskeyRefused):
    """A passkey says that it was used less often than before: there may be a copy of it."""

    says = (
        "this passkey was used elsewhere in the meantime, as a copy would be: remove it, and tell"
        " an administrator"
    )


class PasskeyThere(PasskeyRefused):
    """The passkey is registered already."""

    says = "this passkey is registered already"


class TooManyPasskeys(PasskeyRefused):
    """An account has as many passkeys as it may."""

    says = "you have {most} passkeys already: remove one first"


class NameUnfit(PasskeyRefused):
    """What a passkey is to be called is no name."""

    says = "the name is {problem}"


class PasskeyMissing(PasskeyRefused):
    """The account has no such passkey."""

    says = "you have no such passkey"


class SignInTooOld(PasskeyRefused):
    """Somebody signed in too long ago to change how they sign in."""

    says = "you signed in more than {minutes} minutes ago: sign in again first"


class PasskeyNeeded(PasskeyRefused):
    """A password alone is not enough for this account, and this would leave it nothing else."""

    says = "signing in needs a passkey: add one first"


class LastPasskey(PasskeyRefused):
    """The only passkey of an account for which a password alone is not enough."""

    says = "this is your only passkey, and signing in needs one: add another one first"
