"""Commands that others send: what they are called, what they take, and how they are answered."""

from services.commands.catalogue import COMMANDS
from services.commands.command import Command
from services.commands.service import taking_commands

__all__ = ["COMMANDS", "Command", "taking_commands"]
