"""The words of the forms of a site: its rooms, staff, programs, tracks and rules."""

from collections.abc import Mapping

from services.web.forms.wording import Ask, Form

OF_TRACK = Ask("Track", "Which weekly group.", "program_tracks", along=("program_id",))

SITE: Mapping[str, Form] = {
    "facility.open": Form(
        "Open a facility",
        "A new site. Its time zone stays for good.",
        "Open",
        "Opened",
        {
            "/name": Ask("Name", "What the site is called."),
            "/timezone": Ask("Time zone", "As America/New_York.", "zones", widget="suggest"),
        },
    ),
    "facility.revise": Form(
        "Change the facility",
        "Its name, its week, or when somebody is late.",
        "Change",
        "Changed",
        {"/name": Ask("Name", "What the site is called.")},
        known="facility",
    ),
    "facility.keep-room": Form(
        "Add or change a room",
        "A new one, or another name or size of one.",
        "Save",
        "Room saved",
        {
            "/room/room_id": Ask("Room", "Made of its name.", widget="slug", beside="/room/name"),
            "/room/name": Ask("Name", "What people call it."),
            "/room/capacity": Ask("Holds", "How many patients."),
        },
        known="room",
        which="room_id",
        new="A new room",
    ),
    "facility.keep-staff": Form(
        "Add or change a staff member",
        "A new one, or another name or credential of one.",
        "Save",
        "Staff member saved",
        {
            "/staff/staff_id": Ask(
                "Staff member", "Made of the name.", widget="slug", beside="/staff/name"
            ),
            "/staff/name": Ask("Name", "As on the schedule."),
            "/staff/credential": Ask("Credential", "As LCSW."),
        },
        known="staff",
        which="staff_id",
        new="Somebody new",
    ),
    "facility.name-recipient": Form(
        "Add or change a recipient",
        "Somebody outside the program. They are told of a patient what a consent on record allows.",
        "Save",
        "Recipient saved",
        {
            "/recipient/recipient_id": Ask(
                "Recipient",
                "Made of the name. A consent may name it so.",
                widget="slug",
                beside="/recipient/name",
            ),
            "/recipient/name": Ask("Name", "As consents name it."),
            "/recipient/kind": Ask(
                "What they are",
                "Who pays, a court, or a service for families.",
                names={
                    "payer": "A payer",
                    "court": "A court, or who supervises for one",
                    "family": "A service for families",
                    "other": "Somebody else",
                },
            ),
            "/recipient/address": Ask("Address", "For the accounting of disclosures."),
        },
        known="recipient",
        which="recipient_id",
        new="A new one",
    ),
    "facility.record-credential": Form(
        "Record a credential",
        "With the days on which it is good. Of several on a day the last one holds.",
        "Record",
        "Credential recorded",
        {
            "/credential/name": Ask("Credential", "As LCSW."),
            "/credential/first_day": Ask("First day", "The day itself is included."),
            "/credential/last_day": Ask("Last day", "Empty where it has no end."),
        },
    ),
    "facility.supervise-credential": Form(
        "Have notes co-signed",
        "A note that is signed with this credential waits for a co-signature, and its day with it.",
        "Save",
        "Notes with this credential are co-signed",
        {
            "/credential": Ask("Credential", "As LMSW or an intern's."),
            "/from_day": Ask("From", "The first day of such notes.", default="today"),
        },
    ),
    "facility.unsupervise-credential": Form(
        "Have notes co-signed no longer",
        "A note that is signed with this credential stands by itself.",
        "Save",
        "Notes with this credential are not co-signed any longer",
        {
            "/credential": Ask("Credential", "Which one.", "supervised", default="only"),
            "/from_day": Ask("From", "The first day of such notes.", default="today"),
        },
    ),
    "facility.set-closing-delay": Form(
        "Close sessions by themselves",
        "How long after its end a session is closed by itself.",
        "Save",
        "Saved",
        {"/minutes": Ask("Minutes after the end", "60, unless somebody says otherwise.")},
        known="closing_delay",
    ),
    "facility.adopt-payer-policy": Form(
        "Adopt a payer's policy",
        "For the patients of a payer, from a day on.",
        "Adopt",
        "Policy adopted",
    ),
    "facility.drop-payer-policy": Form(
        "Drop a payer's policy",
        "From a day on it binds nobody.",
        "Drop",
        "Policy dropped",
        {
            "/payer": Ask(
                "Policy", "Of which payer.", "payer_policies", default="only", along=("policy_id",)
            ),
        },
    ),
}

PROGRAMS: Mapping[str, Form] = {
    "program.open": Form(
        "Open a program",
        "What it is called, for whom it is and what it prescribes.",
        "Open",
        "Program opened",
        {
            "/program_id": Ask("Program", "Made of its name.", widget="slug", beside="/name"),
            "/name": Ask("Name", "What people call it."),
        },
    ),
    "program.revise": Form(
        "Change a program",
        "What it is called, for whom it is or what it prescribes.",
        "Change",
        "Program changed",
        {"/name": Ask("Name", "What people call it.")},
        known="program",
        which="program_id",
    ),
    "program.adopt-policy": Form(
        "Adopt a policy",
        "For a program from a day on, in place of an earlier version.",
        "Adopt",
        "Policy adopted",
    ),
    "program.drop-policy": Form(
        "Drop a policy",
        "From a day on it binds nobody in the program.",
        "Drop",
        "Policy dropped",
        {
            "/program_id": Ask(
                "Policy", "Of which program.", "adopted_policies", "only", along=("policy_id",)
            ),
        },
    ),
}

SERIES: Mapping[str, Form] = {
    "program.keep-track": Form(
        "Add or change a track",
        "A new weekly group, or another name, days or first pattern of one.",
        "Save",
        "Track saved",
        {
            "/track/track_id": Ask(
                "Track", "Made of its name.", widget="slug", beside="/track/name"
            ),
            "/track/name": Ask("Name", "What people call it."),
            "/track/first_day": Ask("First day", "From when on it meets.", default="today"),
            "/track/last_day": Ask("Last day", "Empty while it runs."),
        },
        known="track",
        which="track_id",
        new="A new track",
    ),
    "program.change-following": Form(
        "Change a track from a day on",
        "From a day on the track meets otherwise. What was changed singly stays so.",
        "Change",
        "Changed",
        {"/track_id": OF_TRACK},
        known="pattern",
        which="track_id",
    ),
    "program.change-meeting": Form(
        "Change one meeting",
        "What you leave empty goes as the series does.",
        "Change",
        "The meeting is changed",
        {
            "/track_id": OF_TRACK,
            "/deviation/reason": Ask("Why", "A few words. They stay on record."),
            "/deviation/off": Ask(
                "Does it meet", "No: it is taken out.", names={"true": "No", "false": "Yes"}
            ),
            "/deviation/day": Ask("On another day", "Where it is moved to."),
            "/deviation/starts": Ask("Starts", "Together with when it ends."),
            "/deviation/ends": Ask("Ends", "Together with when it starts."),
            "/deviation/segments": Ask("Parts", "Only where they are others than usual."),
            "/deviation/room_id": Ask("Room", "Another room.", choices="rooms"),
            "/deviation/staff_id": Ask("Led by", "Somebody else.", choices="staff"),
            "/deviation/modality": Ask("How", "In the room, by video, or both."),
        },
    ),
    "program.restore-meeting": Form(
        "Undo the change of a meeting",
        "It follows its series again.",
        "Undo the change",
        "The change is undone",
        {
            "/track_id": Ask(
                "Meeting",
                "One that was changed.",
                "changed_meetings",
                "only",
                along=("program_id", "occurrence"),
            ),
        },
    ),
    "program.extend-track": Form(
        "Schedule a track's sessions",
        "As far as twelve weeks ahead, with its rosters.",
        "Schedule",
        "Scheduled",
        {"/track_id": OF_TRACK},
    ),
    "program.declare-closure": Form(
        "Close a program on a day",
        "Its tracks do not meet, and everybody's time is given back.",
        "Close that day",
        "Closed on that day",
    ),
    "program.lift-closure": Form(
        "Lift a closure",
        "The program's tracks meet on that day, with their rosters.",
        "Lift",
        "The closure is lifted",
        {"/program_id": Ask("Closure", "Which one.", "closures", "only", along=("day",))},
    ),
}
