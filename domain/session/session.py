"""The session aggregate. Its parts are in the files beside this one, its state in `state`."""

from domain.session.check_in import Door
from domain.session.record import Records
from domain.session.roster import Roster
from domain.session.scheduling import Scheduling


class Session(Scheduling, Roster, Door, Records):
    """Guards a meeting's places, its presence and what that presence counts.

    A session that was called off takes nobody's time but keeps its roster: who was expected is
    still a fact, and may still be recorded.
    """

    TOPIC = "session"
