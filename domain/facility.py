"""A facility: its clock, rooms and staff, what its payers ask for, and who else is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Self

from domain import bounds
from domain.aggregate import Aggregate, CommandContext, Event, Opening, derived_id
from domain.errors import EndsBeforeStart, NoCredential, NoSuchRoom, NotPositive, PayerMissing
from domain.payer_policy import PayerPolicyAdopted, PayerPolicyDropped
from domain.policy import Policy, check_payers_policy, in_force
from domain.policy_adoption import can_be_dropped, check_adoption
from domain.recipient import Recipient, RecipientNamed, check_recipient
from domain.staff import Credential, Staff, credential_on
from domain.supervision import CredentialSupervised, CredentialUnsupervised, is_otherwise
from domain.times import WeekStart


@dataclass(frozen=True, slots=True)
class Room:
    """A room and how many patients it holds."""

    room_id: str
    name: str
    capacity: int


CLOSES_AFTER = timedelta(minutes=60)
"""How long after its end a session is closed by itself, where a facility says nothing else."""


# Events


class FacilityOpened(Opening):
    """A facility began to use Daybook."""

    TOPIC = "facility.opened"

    name: str
    timezone: str
    week_starts_on: WeekStart
    late_after_minutes: int


class FacilityRevised(Event):
    """A facility's name, first day of the week or limit of lateness changed."""

    TOPIC = "facility.revised"

    name: str
    week_starts_on: WeekStart
    late_after_minutes: int


class RoomOpened(Event):
    """A room came into use; `capacity` is how many patients it holds."""

    TOPIC = "facility.room-opened"

    room_id: str
    name: str
    capacity: int


class RoomRevised(Event):
    """A room's name or capacity changed."""

    TOPIC = "facility.room-revised"

    room_id: str
    name: str
    capacity: int


class StaffJoined(Event):
    """Somebody joined the staff."""

    TOPIC = "facility.staff-joined"

    staff_id: str
    name: str
    credential: str


class StaffRevised(Event):
    """A person of staff has another name or credential."""

    TOPIC = "facility.staff-revised"

    staff_id: str
    name: str
    credential: str


class CredentialRecorded(Event):
    """A person of staff has a credential on these days."""

    TOPIC = "facility.credential-recorded"

    staff_id: str
    credential: Credential


class ClosingDelaySet(Event):
    """Sessions are closed by themselves this many minutes after their end."""

    TOPIC = "facility.closing-delay-set"

    minutes: int


class Facility(Aggregate):
    """Guards that rooms, staff, payers' policies and recipients are known, each once."""

    TOPIC = "facility"

    name: str
    timezone: str
    week_starts_on: WeekStart
    late_after_minutes: int
    rooms: dict[str, Room] = field(default_factory=dict)
    staff: dict[str, Staff] = field(default_factory=dict)
    credentials: dict[str, tuple[Credential, ...]] = field(default_factory=dict)
    closes_after: timedelta = CLOSES_AFTER
    payer_policies: dict[str, dict[str, dict[date, Policy | None]]] = field(default_factory=dict)
    """By payer and policy, its version from a day on; None from the day of its end."""
    supervised: dict[str, dict[date, bool]] = field(default_factory=dict)
    """By credential, whether its notes ask for a co-signature, from a day on."""
    recipients: dict[str, Recipient] = field(default_factory=dict)

    @staticmethod
    def id_of(facility_id: str) -> str:
        """Return the aggregate's id."""
        return derived_id("facility", facility_id)

    # Commands

    @classmethod
    def start(
        cls,
        context: CommandContext,
        *,
        facility_id: str,
        name: str,
        timezone: str,
        week_starts_on: WeekStart,
        late_after_minutes: int,
    ) -> Self:
        """Open a facility in an IANA zone, which stays for good."""
        bounds.check("the lateness", bounds.LATE_AFTER_MINUTES.problem(late_after_minutes))
        return cls.open(
            FacilityOpened,
            context,
            id=cls.id_of(facility_id),
            facility_id=facility_id,
            name=name,
            timezone=timezone,
            week_starts_on=week_starts_on,
            late_after_minutes=late_after_minutes,
        )

    def revise(
        self,
        context: CommandContext,
        *,
        name: str,
        week_starts_on: WeekStart,
        late_after_minutes: int,
    ) -> None:
        """Change what may change of a facility."""
        bounds.check("the lateness", bounds.LATE_AFTER_MINUTES.problem(late_after_minutes))
        facts = {
            "name": name,
            "week_starts_on": week_starts_on,
            "late_after_minutes": late_after_minutes,
        }
        if any(getattr(self, key) != value for key, value in facts.items()):
            self.record(FacilityRevised, context, **facts)

    def keep_room(self, context: CommandContext, room: Room) -> None:
        """Open a room, or change one that is there."""
        if room.capacity <= 0:
            raise NotPositive(what="capacity")
        bounds.check("the capacity", bounds.PLACES.problem(room.capacity))
        self._keep(context, self.rooms, room.room_id, room, (RoomOpened, RoomRevised))

    def keep_staff(self, context: CommandContext, staff: Staff) -> None:
        """Take somebody on, or change what is known of them."""
        self._keep(context, self.staff, staff.staff_id, staff, (StaffJoined, StaffRevised))

    def name_recipient(self, context: CommandContext, recipient: Recipient) -> None:
        """Name a recipient outside the program, or say what is otherwise of one."""
        check_recipient(recipient, self.recipients)
        if self.recipients.get(recipient.recipient_id) != recipient:
            self.record(RecipientNamed, context, recipient=recipient)

    def record_credential(
        self, context: CommandContext, staff_id: str, credential: Credential
    ) -> None:
        """Put a credential and its days on record; for days that several have, the last holds."""
        if staff_id not in self.staff:
            raise NoCredential(staff_id=staff_id, day=credential.first_day)
        if credential.last_day and credential.last_day < credential.first_day:
            raise EndsBeforeStart(start="first_day", end="last_day")
        if not credential.holds_among(self.credentials.get(staff_id, ())):
            self.record(CredentialRecorded, context, staff_id=staff_id, credential=credential)

    def set_closing_delay(self, context: CommandContext, minutes: int) -> None:
        """Say how many minutes after its end a session is closed by itself."""
        if minutes <= 0:
            raise NotPositive(what="the delay")
        bounds.check("the delay", bounds.CLOSING_DELAY_MINUTES.problem(minutes))
        if self.closes_after != timedelta(minutes=minutes):
            self.record(ClosingDelaySet, context, minutes=minutes)

    def adopt_payer_policy(
        self, context: CommandContext, payer: str, policy: Policy, from_day: date
    ) -> None:
        """Judge a payer's patients by a policy from a day on, also in the past."""
        if not payer.strip():
            raise PayerMissing
        check_payers_policy(policy)
        if self.payer_policy_on(payer, policy.policy_id, from_day) != policy:
            check_adoption(self.payer_policies.get(payer, {}), policy, from_day, context.at)
            facts = {"payer": payer, "policy": policy, "from_day": from_day}
            self.record(PayerPolicyAdopted, context, **facts)

    def drop_payer_policy(
        self, context: CommandContext, payer: str, policy_id: str, from_day: date
    ) -> None:
        """Judge a payer's patients by no version of a policy from a day on. Raises NotOnRecord."""
        if can_be_dropped(self.payer_policies.get(payer, {}).get(policy_id, {}), from_day):
            facts = {"payer": payer, "policy_id": policy_id, "from_day": from_day}
            self.record(PayerPolicyDropped, context, **facts)

    def supervise(
        self, context: CommandContext, credential: str, from_day: date, *, supervised: bool
    ) -> None:
        """Say whether notes with a credential ask for a co-signature, from a day on."""
        if is_otherwise(self.supervised, credential, from_day, supervised=supervised):
            said = CredentialSupervised if supervised else CredentialUnsupervised
            self.record(said, context, credential=credential, from_day=from_day)

    # Questions

    def room(self, room_id: str) -> Room:
        """Return a room. Raises NoSuchRoom."""
        if room_id not in self.rooms:
            raise NoSuchRoom(room_id=room_id)
        return self.rooms[room_id]

    def credential_on(self, staff_id: str, day: date) -> str:
        """Return the credential that a person of staff has on a day.

        Raises NoCredential for somebody who is not there, or whose credentials are all of other
        days. Of whom none has days, the one that the staff list gives holds.
        """
        found = credential_on(self.staff.get(staff_id), self.credentials.get(staff_id, ()), day)
        if found is None:
            raise NoCredential(staff_id=staff_id, day=day)
        return found

    def payer_policy_on(self, payer: str, policy_id: str, day: date) -> Policy | None:
        """Return the version of a policy that a payer asks for on a day; None for none."""
        return in_force(self.payer_policies.get(payer, {}).get(policy_id, {}), day)

    # Apply

    def apply(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case FacilityRevised():
                self.name = event.name
                self.week_starts_on = event.week_starts_on
                self.late_after_minutes = event.late_after_minutes
            case RoomOpened() | RoomRevised():
                self.rooms[event.room_id] = Room(event.room_id, event.name, event.capacity)
            case StaffJoined() | StaffRevised():
                self.staff[event.staff_id] = Staff(event.staff_id, event.name, event.credential)
            case RecipientNamed():
                self.recipients[event.recipient.recipient_id] = event.recipient
            case CredentialRecorded():
                known = self.credentials.get(event.staff_id, ())
                self.credentials[event.staff_id] = (*known, event.credential)
            case CredentialSupervised() | CredentialUnsupervised():
                days = self.supervised.setdefault(event.credential, {})
                days[event.from_day] = isinstance(event, CredentialSupervised)
            case ClosingDelaySet():
                self.closes_after = timedelta(minutes=event.minutes)
            case PayerPolicyAdopted():
                self._versions(event.payer, event.policy.policy_id)[event.from_day] = event.policy
            case PayerPolicyDropped():
                self._versions(event.payer, event.policy_id)[event.from_day] = None

    # Helpers

    def _versions(self, payer: str, policy_id: str) -> dict[date, Policy | None]:
        return self.payer_policies.setdefault(payer, {}).setdefault(policy_id, {})

    def _keep(
        self,
        context: CommandContext,
        known: dict[str, Any],
        key: str,
        wanted: Room | Staff,
        events: Sequence[type[Event]],
    ) -> None:
        if known.get(key) != wanted:
            facts = {name: getattr(wanted, name) for name in type(wanted).__slots__}
            self.record(events[key in known], context, **facts)
