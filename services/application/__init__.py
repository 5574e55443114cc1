"""The commands: functions of a unit of work, registered by name, and the handler that runs them."""

from services.application import (
    admissions,
    check_in,
    discharge,
    disclosures,
    episode,
    facilities,
    forgetting,
    identities,
    monitoring,
    plans,
    policies,
    rosters,
    sessions,
    signatures,
    support_network,
    tracks,
)
from services.application.asked import Asked
from services.application.command import COMMANDS, Command, CommandRunner
from services.application.command_bus import CommandBus
from services.application.handler import CommandHandler
from services.application.track_preview import Preview
from services.application.unit_of_work import NotKnown, UnitOfWork

__all__ = [
    "COMMANDS",
    "Asked",
    "Command",
    "CommandBus",
    "CommandHandler",
    "CommandRunner",
    "NotKnown",
    "Preview",
    "UnitOfWork",
    "admissions",
    "check_in",
    "discharge",
    "disclosures",
    "episode",
    "facilities",
    "forgetting",
    "identities",
    "monitoring",
    "plans",
    "policies",
    "rosters",
    "sessions",
    "signatures",
    "support_network",
    "tracks",
]
