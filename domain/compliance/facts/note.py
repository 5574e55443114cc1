"""A signed note about one patient's visit, as it is on record. Pure."""

from dataclasses import dataclass
from datetime import datetime

from domain.care import Service
from domain.compliance.facts.done import Noted


@dataclass(frozen=True, slots=True)
class OwnNote:
    """A note about one patient, signed with a credential.

    `services` are those that it is about; with none it is about the whole visit. `cosigned` is the
    first co-signature under it, None while there is none, whether it asks for one or not.
    """

    at: datetime
    event_id: str
    credential: str
    services: tuple[Service, ...] = ()
    cosigned: Noted | None = None

    def is_about(self, service: Service) -> bool:
        """Tell whether it is about a service."""
        return not self.services or service in self.services
