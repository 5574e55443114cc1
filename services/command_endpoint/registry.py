"""Which commands others may send: a name for each, as it stands in the subject, for good."""

from services import application
from services.command_endpoint.payload import Command

COMMANDS: dict[str, Command] = {
    name: Command(name, decide) for name, decide in sorted(application.COMMANDS.items())
}
"""Each command by its name, `<aggregate>.<command>`."""

OF_MANY_SESSIONS = frozenset(
    {
        *("program.keep-track", "program.change-following", "program.extend-track"),
        *("program.declare-closure", "program.lift-closure"),
        *("patient.enrol", "patient.end-enrolment", "patient.merge"),
        "facility.revise",
    }
)
"""Commands that may be about hundreds of sessions, and take seconds."""
