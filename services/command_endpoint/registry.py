"""Which commands others may send: a name for each, as it stands in the subject, for good."""

from services import application
from services.command_endpoint.payload import Command

COMMANDS: dict[str, Command] = {
    name: Command(name, decide) for name, decide in sorted(application.COMMANDS.items())
}
"""Each command by its name, `<aggregate>.<command>`."""
