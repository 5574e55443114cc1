"""Commands that others send: what they are called, what they take, and how they are answered."""

from services.command_endpoint.payload import Command
from services.command_endpoint.registry import COMMANDS

__all__ = ["COMMANDS", "Command"]
