"""The commands: load, call the aggregates' methods, save what belongs together at once."""

from services.application.admissions import Admissions
from services.application.course import Courses
from services.application.disclosures import Disclosures
from services.application.door import Door
from services.application.leaving import Leaving
from services.application.monitoring import Monitoring
from services.application.network import Network
from services.application.plans import Plans
from services.application.policies import Policies
from services.application.records import Records
from services.application.rosters import Rosters
from services.application.series import TrackChanges
from services.application.sessions import Sessions
from services.application.settling import Preview
from services.application.work import NotKnown

__all__ = ["Daybook", "NotKnown", "Preview"]


class Daybook(
    Admissions,
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
