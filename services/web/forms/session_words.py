"""The words of the forms of sessions: who comes, who waits, where and when they are."""

from collections.abc import Mapping

from services.web.forms.wording import Ask, Form

EXPECTED = Ask("Patient", "One who is expected.", choices="expected", default="only")
ANYBODY = Ask("Patient", "Find them by name or record number.", widget="patient")
MET = Ask("Patient", "One who was signed in.", choices="signed_in", default="only")
CAME = Ask("Patient", "One who was signed in.", choices="signed_in", widget="patient")
COMES = Ask("Patient", "One who is expected.", choices="expected", widget="patient")
GUEST = Ask("Supporter", "Who comes along.", choices="guests", default="only")

DOOR: Mapping[str, Form] = {
    "session.check-in": Form(
        "Check in",
        "The patient is here, or came at an earlier time.",
        "Check in",
        "Checked in",
        {
            "/patient_id": EXPECTED,
            "/at": Ask("Came", "Leave it empty for now."),
            "/makes_up": Ask(
                "Makes up",
                "The missed session that this visit makes up, if it does.",
                choices="missed_sessions",
            ),
        },
    ),
    "session.check-out": Form(
        "Check out",
        "The patient leaves, or left at an earlier time.",
        "Check out",
        "Checked out",
        {"/patient_id": MET, "/at": Ask("Left", "Leave it empty for now.")},
    ),
    "session.turn-away": Form(
        "Turn away",
        "The patient came and was not let in.",
        "Turn away",
        "Turned away",
        {"/patient_id": EXPECTED, "/at": Ask("Came", "Leave it empty for now.")},
    ),
    "session.undo-check-in": Form(
        "Undo a check-in",
        "The arrival never was. What it made up is missed again.",
        "Undo the check-in",
        "The check-in is undone",
        {"/patient_id": CAME},
    ),
    "session.reassign-sign-in": Form(
        "It was somebody else",
        "The wrong patient was checked in.",
        "Put it right",
        "The check-in is put right",
        {
            "/patient_id": CAME,
            "/to": Ask("It was", "Who came.", choices="expected"),
        },
    ),
    "session.note-absence": Form(
        "Record an absence",
        "The patient said that they will not come, or did not.",
        "Record",
        "Absence recorded",
        {"/patient_id": EXPECTED},
    ),
    "session.check-in-supporter": Form(
        "Check a supporter in",
        "They are here.",
        "Check in",
        "Checked in",
        {"/supporter_id": GUEST},
    ),
    "session.check-out-supporter": Form(
        "Check a supporter out",
        "They leave.",
        "Check out",
        "Checked out",
        {"/supporter_id": GUEST},
    ),
}

PLACES: Mapping[str, Form] = {
    "session.book-patient": Form(
        "Book into a session",
        "The patient is expected, and their time is taken.",
        "Book",
        "Booked",
        {"/patient_id": ANYBODY},
    ),
    "session.release-patient": Form(
        "Release from a session",
        "The place goes to the first who waits and can take it.",
        "Release",
        "Released",
        {"/patient_id": EXPECTED},
    ),
    "session.wait": Form(
        "Put on a session's waiting list",
        "The session is full: they take the next place that comes free.",
        "Put on the list",
        "On the waiting list",
        {"/patient_id": ANYBODY},
    ),
    "session.stop-waiting": Form(
        "Take off a session's waiting list",
        "They do not wait for this session any longer.",
        "Take off",
        "Off the waiting list",
        {"/patient_id": Ask("Patient", "One who waits.", choices="waiting", default="only")},
    ),
    "session.invite-supporter": Form(
        "Invite a supporter to a session",
        "Somebody of the patient's support network comes along.",
        "Invite",
        "Invited",
        {"/patient_id": COMES},
    ),
    "session.release-supporter": Form(
        "Release a supporter from a session",
        "They do not come along.",
        "Release",
        "Released",
        {"/supporter_id": GUEST},
    ),
    "patient.book-repair": Form(
        "Book sessions",
        "For all of them, or for none.",
        "Book",
        "Booked",
        {"/session_ids": Ask("Sessions", "Those with free places.", choices="free_sessions")},
    ),
    "patient.enrol": Form(
        "Enroll in a track",
        "All of its sessions to come are booked, or none.",
        "Enroll",
        "Enrolled",
        {
            "/enrolment/track_id": Ask("Track", "Which weekly group.", "tracks", default="only"),
            "/enrolment/weekdays": Ask("Days", "On which days they come.", choices="track_days"),
            "/enrolment/first_day": Ask("First day", "From when on.", default="today"),
            "/enrolment/last_day": Ask("Last day", "Empty while it goes on."),
        },
    ),
    "patient.end-enrolment": Form(
        "End an enrollment",
        "The places that follow go to who waits.",
        "End it",
        "The enrollment is ended",
        {
            "/track_id": Ask(
                "Enrollment", "Which one.", "enrolments", default="only", along=("first_day",)
            ),
            "/last_day": Ask("Last day", "The day itself is included.", default="today"),
        },
    ),
    "patient.correct-enrolment": Form(
        "Put an enrollment right",
        "It began on another day. Its sessions follow, also those that are over.",
        "Put it right",
        "The enrollment is put right",
        {
            "/track_id": Ask(
                "Enrollment", "Which one.", "enrolments", default="only", along=("first_day",)
            ),
            "/corrected_first_day": Ask("It began on", "The day itself is included."),
        },
    ),
    "patient.wait-for-track": Form(
        "Put on a track's waiting list",
        "The track has no place on these days.",
        "Put on the list",
        "On the waiting list",
        {"/track_id": Ask("Track", "Which weekly group.", choices="tracks")},
    ),
    "patient.stop-waiting-for-track": Form(
        "Take off a track's waiting list",
        "They do not wait for it any longer.",
        "Take off",
        "Off the waiting list",
        {"/track_id": Ask("Track", "For which they wait.", "awaited_tracks", default="only")},
    ),
    "patient.note-commitment": Form(
        "Record work, school or family duties",
        "When the patient has no time. What is booked already and collides waits for a decision.",
        "Record",
        "Recorded",
        {
            "/commitment/kind": Ask("Kind", "What it is."),
            "/commitment/title": Ask("Title", "As Night shift. No names."),
            "/commitment/weekdays": Ask("Days", "On which days it starts.", choices="weekdays"),
            "/commitment/starts": Ask("Starts", "By your clocks."),
            "/commitment/ends": Ask("Ends", "Earlier than it starts: on the next day."),
            "/commitment/first_day": Ask("First day", "From when on.", default="today"),
            "/commitment/last_day": Ask("Last day", "Empty while it goes on."),
        },
    ),
    "patient.accept-collisions": Form(
        "Keep what collides",
        "What is booked stays, although it collides with duties outside.",
        "Keep it",
        "Kept",
    ),
}

MEETINGS: Mapping[str, Form] = {
    "session.schedule": Form(
        "Schedule a session",
        "A session of its own. It takes its room and who leads it.",
        "Schedule",
        "Scheduled",
        {"/label": Ask("Name", "What the session is called.")},
    ),
    "session.reschedule": Form(
        "Move the session",
        "With its room, who leads it and all who are expected.",
        "Move it",
        "Moved",
        known="meeting",
    ),
    "session.call-off": Form(
        "Call the session off",
        "Everybody's time is given back. The roster stays.",
        "Call it off",
        "Called off",
    ),
    "session.restore": Form(
        "Restore the session",
        "It was called off by mistake.",
        "Restore",
        "Restored",
    ),
    "session.substitute-room": Form(
        "Change the room",
        "To another one that is free.",
        "Change the room",
        "The room is changed",
    ),
    "session.substitute-staff": Form(
        "Change who leads it",
        "To somebody who is free, or to nobody yet.",
        "Change",
        "Changed who leads it",
        {"/staff_id": Ask("Led by", "Empty: nobody yet.", choices="staff")},
    ),
    "session.start": Form("Start the session", "It begins now.", "Start", "Started"),
    "session.close": Form(
        "Close the session",
        "It is over: presence becomes attendance.",
        "Close",
        "Closed",
    ),
    "session.sign-group-note": Form(
        "Sign the group's note",
        "That it is written, by whom and when. The note itself is elsewhere.",
        "Sign",
        "The group's note is signed",
    ),
    "session.sign-individual-note": Form(
        "Sign the note about a patient",
        "That it is written, by whom and when. The note itself is elsewhere.",
        "Sign",
        "The note is signed",
        {
            "/patient_id": MET,
            "/services": Ask("About", "The services; none of them: the whole visit."),
        },
    ),
    "session.cosign-note": Form(
        "Co-sign the note about a patient",
        "Its author's credential asks for it. You have read the note, and answer for it, too.",
        "Co-sign",
        "The note is co-signed",
        {"/patient_id": MET},
    ),
    "session.sign-sheet": Form(
        "Sign the sign-in sheet",
        "You vouch for it.",
        "Sign",
        "The sheet is signed",
    ),
}
