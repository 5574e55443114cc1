"""What is wrong with a request, as a problem by RFC 9457. It says nothing of who a patient is."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from services.access.refusals import AccessRefused
from services.command_endpoint.answer import response
from services.command_endpoint.payload import PayloadError
from services.command_endpoint.problems import Problem, kebab


class Refused(Exception):
    """A request that is not answered as it was asked, and why."""

    def __init__(self, problem: Problem, headers: dict[str, str] | None = None) -> None:
        super().__init__(problem.type)
        self.problem = problem
        self.headers = headers or {}


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """Return the response that says what is wrong."""
    body, kind = response(problem)
    return Response(body, problem.status, {**(headers or {}), **kind})


def no_such_page() -> Problem:
    """Return that nothing stands at this address."""
    return _of("no-such-page", 404, "nothing stands at this address; /docs lists what there is")


def method_not_allowed(allowed: str) -> Problem:
    """Return that an address is not asked in this way."""
    return _of("method-not-allowed", 405, f"this address takes {allowed}")


def not_signed_in() -> Problem:
    """Return that it has to be known who asks."""
    detail = "sign in at /v1/sign-in, or send a token in the header Authorization: Bearer ..."
    return _of("not-signed-in", 401, detail)


def must_change_password() -> Problem:
    """Return that somebody else knows the password, and another one has to be chosen first."""
    detail = "choose a password of your own at /v1/password first: somebody else knows this one"
    return _of("must-change-password", 403, detail)


def wrong_sign_in() -> Problem:
    """Return that name and password do not go together, without saying which is wrong."""
    return _of("wrong-sign-in", 401, "name and password do not go together")


def too_many_attempts(seconds: int) -> Problem:
    """Return that somebody tries too often to sign in."""
    return _of("too-many-attempts", 429, f"too many attempts; try again in {seconds} seconds")


def not_allowed(detail: str) -> Problem:
    """Return that somebody may not do this."""
    return _of("not-allowed", 403, detail)


def only_to_read() -> Problem:
    """Return that an emergency is said of what it does not open."""
    return not_allowed("an emergency opens questions about patients: leave Daybook-Purpose out")


def cross_site() -> Problem:
    """Return that a page of another site sent a request."""
    return _of("cross-site", 403, "a page of another site sent this request")


def wrong_host() -> Problem:
    """Return that a request is meant for another server."""
    detail = "this server has another name; DAYBOOK_PUBLIC_URL says by which one it is reached"
    return _of("wrong-host", 421, detail)


def wrong_content_type(expected: str) -> Problem:
    """Return that a body is of another type than what is taken."""
    return _of("wrong-content-type", 415, f"the header Content-Type has to be {expected}")


def too_slow(seconds: float) -> Problem:
    """Return that a body did not come in time."""
    return _of("too-slow", 408, f"the body did not come within {seconds:.0f} seconds")


def too_large(most: int) -> Problem:
    """Return that a body is larger than any request has to be."""
    return _of("too-large", 413, f"the body has more than {most} bytes")


def unfit(detail: str) -> Problem:
    """Return that something about accounts or tokens is refused, and why."""
    return _of("unfit", 422, detail)


def no_such_account(detail: str) -> Problem:
    """Return that there is no such account, token or sign-in."""
    return _of("no-such-account", 404, detail)


def name_taken(detail: str) -> Problem:
    """Return that somebody is called so already."""
    return _of("name-taken", 409, detail)


def already_reviewed() -> Problem:
    """Return that somebody has looked into an emergency before."""
    detail = "somebody has looked into this emergency already"
    return _of("already-reviewed", 409, detail)


def no_provider() -> Problem:
    """Return that nobody signs in through a provider here."""
    detail = "this site has no OpenID provider; sign in at /v1/sign-in"
    return _of("no-provider", 404, detail)


def refused(why: AccessRefused, status: int) -> Problem:
    """Return why somebody was not signed in, or a passkey was not taken."""
    kind = type(why)
    title = (kind.__doc__ or kind.__name__).partition("\n")[0].rstrip(".")
    return Problem(f"daybook:refusal:{kebab(kind.__name__)}", title, status, str(why))


def not_there(detail: str) -> Problem:
    """Return that something that is asked about is not there, or not for who asks."""
    return _of("not-there", 404, detail)


def no_such_preview(name: str) -> Problem:
    """Return that what a command does is not looked at beforehand, or there is no such command."""
    return _of("no-such-preview", 404, f"there is no preview of {name}")


def bad_cursor() -> Problem:
    """Return that a cursor is of another question, or of somebody else."""
    return _of("bad-cursor", 400, "this cursor is of another question; begin anew without one")


def unanswerable(detail: str) -> Problem:
    """Return that a question is not asked in a way in which it can be answered."""
    return _of("unanswerable", 422, detail)


def document_refused(detail: str) -> Problem:
    """Return that a document may not be made, and what is missing for it."""
    return _of("document-refused", 422, detail)


def being_made() -> Problem:
    """Return that a read model is not there yet."""
    return _of("being-made", 503, "the read models are being made; ask again in a moment")


def too_many_moments(detail: str) -> Problem:
    """Return that as many look at earlier moments as may."""
    return _of("too-many-moments", 503, detail)


def no_earlier_moment(detail: str) -> Problem:
    """Return that what was known earlier cannot be shown here."""
    return _of("no-earlier-moment", 503, detail)


def broker_away() -> Problem:
    """Return that NATS does not answer, which is asked how all stands."""
    detail = "NATS cannot be reached: what is recorded waits to be told to others"
    return _of("broker-away", 503, detail)


def crowded(most: int) -> Problem:
    """Return that as many are connected as may be."""
    return _of("crowded", 503, f"{most:,} others are connected; send the same request again")


def too_many_questions(most: int) -> Problem:
    """Return that somebody waits for as many answers as may be."""
    return _of("too-many-waiting", 429, f"{most} of your questions are not answered yet")


def too_many_streams() -> Problem:
    """Return that changes are followed by as many as may."""
    detail = "changes are followed too often, by you or by all: end a stream that nobody reads"
    return _of("too-many-streams", 429, detail)


def import_running(name: str) -> Problem:
    """Return that somebody else takes a clinic's files in."""
    detail = f"an import that {name} began is running: send the files again when it is done"
    return _of("import-running", 409, detail)


def import_refused(detail: str, faults: Sequence[PayloadError]) -> Problem:
    """Return what is wrong with a clinic's files, of which nothing was taken in."""
    return replace(_of("import-refused", 422, detail), errors=tuple(faults))


def bad_request(detail: str) -> Problem:
    """Return that a request cannot be read."""
    return _of("bad-request", 400, detail)


_TITLES = {
    "no-such-page": "There is nothing at this address",
    "method-not-allowed": "The address takes no such request",
    "too-many-moments": "As many look at earlier moments as may",
    "no-earlier-moment": "What was known earlier cannot be shown",
    "not-signed-in": "Nobody is signed in",
    "must-change-password": "Another password has to be chosen",
    "wrong-sign-in": "Nobody was signed in",
    "too-many-attempts": "Too many attempts to sign in",
    "not-allowed": "Your role does not include this",
    "cross-site": "The request comes from another site",
    "wrong-host": "The request is for another server",
    "wrong-content-type": "The body is of another type",
    "too-large": "The payload is too large",
    "too-slow": "The request came too slowly",
    "unfit": "It cannot be taken as it is",
    "no-such-account": "There is no such account",
    "name-taken": "The name is taken",
    "already-reviewed": "The emergency waits for nobody",
    "no-provider": "There is no OpenID provider",
    "not-there": "It is not there",
    "no-such-preview": "There is no such preview",
    "bad-cursor": "The cursor is not of this question",
    "unanswerable": "The question cannot be answered as it is asked",
    "document-refused": "The document may not be made",
    "being-made": "The read models are not there yet",
    "broker-away": "NATS does not answer",
    "crowded": "Too many are connected",
    "too-many-waiting": "Too many of your questions wait",
    "too-many-streams": "Too many follow what changes",
    "import-running": "Another import is running",
    "import-refused": "The files cannot be taken in as they are",
    "bad-request": "The request cannot be read",
}


def _of(kind: str, status: int, detail: str) -> Problem:
    return Problem(f"daybook:problem:{kind}", _TITLES[kind], status, detail)
