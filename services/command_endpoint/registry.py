"""Which commands others may send: a name for each, as it stands in the subject, for good."""

from collections.abc import Callable
from typing import Any

from services.application import Daybook
from services.command_endpoint.payload import Command

_BY_AGGREGATE: dict[str, dict[str, Callable[..., Any]]] = {
    "facility": {
        "adopt-payer-policy": Daybook.adopt_payer_policy,
        "drop-payer-policy": Daybook.drop_payer_policy,
    },
    "program": {
        "adopt-policy": Daybook.adopt_policy,
        "change-following": Daybook.change_following,
        "change-meeting": Daybook.change_meeting,
        "declare-closure": Daybook.declare_closure,
        "drop-policy": Daybook.drop_policy,
        "extend-track": Daybook.extend_track,
        "keep-track": Daybook.keep_track,
        "lift-closure": Daybook.lift_closure,
        "restore-meeting": Daybook.restore_meeting,
    },
    "session": {
        "book-patient": Daybook.book_patient,
        "call-off": Daybook.call_off_session,
        "check-in": Daybook.check_in,
        "check-in-supporter": Daybook.check_in_supporter,
        "check-out": Daybook.check_out,
        "check-out-supporter": Daybook.check_out_supporter,
        "close": Daybook.close_session,
        "invite-supporter": Daybook.invite_supporter,
        "note-absence": Daybook.note_absence,
        "reassign-sign-in": Daybook.reassign_sign_in,
        "release-patient": Daybook.release_patient,
        "release-supporter": Daybook.release_supporter,
        "reschedule": Daybook.reschedule_session,
        "schedule": Daybook.schedule_session,
        "sign-group-note": Daybook.sign_group_note,
        "sign-individual-note": Daybook.sign_individual_note,
        "sign-sheet": Daybook.sign_sheet,
        "start": Daybook.start_session,
        "stop-waiting": Daybook.stop_waiting_for_session,
        "substitute-room": Daybook.substitute_room,
        "substitute-staff": Daybook.substitute_staff,
        "turn-away": Daybook.turn_away,
        "undo-check-in": Daybook.undo_check_in,
        "wait": Daybook.wait_for_session,
    },
    "patient": {
        "accept-collisions": Daybook.accept_collisions,
        "admit": Daybook.admit_patient,
        "assign-counselor": Daybook.assign_counselor,
        "attempt-outreach": Daybook.attempt_outreach,
        "authorize": Daybook.authorize,
        "book-repair": Daybook.book_repair,
        "certify-care": Daybook.certify_care,
        "change-payer": Daybook.change_payer,
        "close-referral": Daybook.close_referral,
        "correct-admission": Daybook.correct_admission,
        "correct-identity": Daybook.correct_identity,
        "correct-record-number": Daybook.correct_record_number,
        "disclose": Daybook.disclose,
        "discharge": Daybook.discharge_patient,
        "end-enrolment": Daybook.end_enrolment,
        "enrol": Daybook.enrol_patient,
        "give-consent": Daybook.give_consent,
        "grant-leave": Daybook.grant_leave,
        "justify-stay": Daybook.justify_stay,
        "merge": Daybook.merge_patients,
        "name-supporter": Daybook.name_supporter,
        "note-commitment": Daybook.note_commitment,
        "record-resource-outcome": Daybook.record_resource_outcome,
        "refer": Daybook.refer_patient,
        "refer-to-resource": Daybook.refer_to_resource,
        "refer-up": Daybook.refer_up,
        "remove-supporter": Daybook.remove_supporter,
        "report-support-meeting": Daybook.report_support_meeting,
        "review-plan": Daybook.review_plan,
        "revise-leave": Daybook.revise_leave,
        "revoke-consent": Daybook.revoke_consent,
        "set-plan": Daybook.set_plan,
        "stop-waiting-for-track": Daybook.stop_waiting_for_track,
        "take-discharge-back": Daybook.take_discharge_back,
        "taper-plan": Daybook.taper_plan,
        "verify-support-meeting": Daybook.verify_support_meeting,
        "wait-for-track": Daybook.wait_for_track,
        "waive-rule": Daybook.waive_rule,
        "withdraw-waiver": Daybook.withdraw_waiver,
    },
    "screening": {
        "screen": Daybook.screen_patient,
    },
    "assessment": {
        "acknowledge-concern": Daybook.acknowledge_concern,
        "take": Daybook.take_assessment,
    },
    "drug-testing": {
        "call-off": Daybook.call_test_off,
        "collect": Daybook.collect_specimen,
        "correct-result": Daybook.correct_result,
        "draw": Daybook.draw_drug_test,
        "end-draws": Daybook.end_drug_tests,
        "hand-over": Daybook.hand_specimen_over,
        "miss": Daybook.miss_test,
        "notify": Daybook.notify_of_test,
        "order": Daybook.order_drug_test,
        "refuse": Daybook.refuse_test,
        "report-result": Daybook.report_result,
        "set-draws": Daybook.draw_drug_tests,
    },
}

COMMANDS: dict[str, Command] = {
    f"{aggregate}.{word}": Command(f"{aggregate}.{word}", method)
    for aggregate, words in _BY_AGGREGATE.items()
    for word, method in words.items()
}
"""Each command by its name, `<aggregate>.<command>`."""
