"""The commands: functions of a unit of work, registered by name, and the handler that runs them."""

from services.application import (
    admissions,
    check_in,
    discharge,
    disclosures,
    episode,
    facilities,
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
from services.application.command import COMMANDS, Command
from services.application.handler import CommandHandler
from services.application.track_preview import Preview
from services.application.unit_of_work import NotKnown, UnitOfWork

__all__ = [
    "COMMANDS",
    "Command",
    "CommandHandler",
    "NotKnown",
    "Preview",
    "UnitOfWork",
    "admissions",
    "check_in",
    "discharge",
    "disclosures",
    "episode",
    "facilities",
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
