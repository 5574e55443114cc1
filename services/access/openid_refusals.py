"""Why somebody was not signed in through the site's OpenID provider."""

from services.access.refusals import AccessRefused


class OpenIdRefused(AccessRefused):
    """Somebody was not signed in through the provider."""

    says: str

    def __init__(self, **facts: object) -> None:
        super().__init__(self.says.format(**facts))


class ProviderAway(OpenIdRefused):
    """The provider cannot be reached."""

    says = "{host} does not answer: try again in some minutes, or sign in with your password"


class ProviderUnsound(OpenIdRefused):
    """The provider answered otherwise than OpenID Connect has it."""

    says = "{host} answered what cannot be used ({what}): tell the administrator"


class ProviderRefused(OpenIdRefused):
    """The provider itself did not sign somebody in."""

    says = "{host} did not sign you in: begin again, or ask whoever keeps your account there"


class SignInUnknown(OpenIdRefused):
    """Nobody began this sign-in in this browser, or it took longer than it may."""

    says = "this sign-in was not begun in this browser in the last {minutes} minutes: begin again"


class SignInReplayed(OpenIdRefused):
    """A sign-in was used a second time."""

    says = "this sign-in was used already: begin again"


class WrongIssuer(OpenIdRefused):
    """Somebody else than the site's provider vouches for who it is."""

    says = "the answer is not from {host}: begin again, or tell the administrator"


class WrongAudience(OpenIdRefused):
    """What the provider says was said to another program."""

    says = "{host} signed you in to another program than Daybook: begin again"


class TokenExpired(OpenIdRefused):
    """What the provider says does not hold any longer."""

    says = "what {host} says of you has expired: begin again, and check the clock if it recurs"


class TokenNotYetValid(OpenIdRefused):
    """What the provider says holds only later."""

    says = "what {host} says of you holds only later: its clock, or this one, is wrong"


class BadSignature(OpenIdRefused):
    """What the provider says is not signed by one of its keys."""

    says = "the answer is not signed by {host}: begin again, or tell the administrator"


class AlgorithmNotAllowed(OpenIdRefused):
    """What the provider says is signed in a way that proves nothing."""

    says = "the answer of {host} is signed in a way that proves nothing: tell the administrator"


class AccountMissing(OpenIdRefused):
    """Nobody in Daybook has the name that the provider gives."""

    says = "you have no account in Daybook: ask an administrator to add one"


class AccountDisabled(OpenIdRefused):
    """The account is disabled."""

    says = "your account is disabled: ask an administrator"


class AnotherPerson(OpenIdRefused):
    """The provider gives a name to somebody else than before."""

    says = (
        "this name belonged to somebody else at {host}: ask an administrator to see to whom the"
        " account belongs"
    )
