"""The commands: load, call the aggregates' methods, save what belongs together at once."""

from services.application.admissions import Admissions
from services.application.check_in import Door
from services.application.discharge import Leaving
from services.application.disclosures import Disclosures
from services.application.episode import Courses
from services.application.identities import Identities
from services.application.monitoring import Monitoring
from services.application.plans import Plans
from services.application.policies import Policies
from services.application.rosters import Rosters
from services.application.sessions import Sessions
from services.application.signatures import Records
from services.application.support_network import Network
from services.application.track_schedule import Preview
from services.application.tracks import TrackChanges
from services.application.unit_of_work import NotKnown

__all__ = ["Daybook", "NotKnown", "Preview"]


class Daybook(
    Admissions,
    Identities,
    Courses,
    Plans,
    Policies,
    TrackChanges,
    Sessions,
    Rosters,
    Door,
    Records,
    Monitoring,
    Network,
    Disclosures,
    Leaving,
):
    """What can be asked of Daybook. A refusal changes nothing and says why."""
