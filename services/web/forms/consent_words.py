"""The words of the forms of consents, and of what is told under them or without one."""

from collections.abc import Mapping

from services.web.forms.shared_words import SCOPES, YES_NO
from services.web.forms.wording import Ask, Form

CONSENTS: Mapping[str, Form] = {
    "patient.give-consent": Form(
        "Record a consent",
        "What the patient agreed to have told, to whom and until when.",
        "Record",
        "Consent recorded",
        {
            "/consent/consent_id": Ask("Consent", "A new one.", widget="new"),
            "/consent/recipient": Ask(
                "To whom",
                "A recipient of the site, another organization, or one of their support network.",
                choices="consent_recipients",
                widget="or-text",
            ),
            "/consent/purpose": Ask(
                "What for",
                "All but the first one need a last day.",
                names={
                    "treatment-payment-operations": "Treatment, payment and operations",
                    "legal": "A court or other legal matter",
                    "criminal-justice": "Supervision by a court, probation or parole",
                },
            ),
            "/consent/scope": Ask("What may be told", "One at least.", names=SCOPES),
            "/consent/given_on": Ask("Given on", "The day of the signature.", default="today"),
            "/consent/last_day": Ask("Until", "Empty: until it is revoked."),
            "/consent/discloser": Ask(
                "Who may tell it", "A person, or those of a program, as the form names them."
            ),
            "/consent/redisclosure_told": Ask(
                "The form says that the recipient may tell it on",
                "Asked of a consent for treatment, payment and operations.",
                names=YES_NO,
            ),
            "/consent/signed_by": Ask(
                "Signed by",
                "Whether a minor signs alone is for the state's law to say.",
                names={
                    "patient": "The patient",
                    "guardian": "A guardian",
                    "patient-and-guardian": "The patient and a guardian",
                },
            ),
            "/consent/interpreter": Ask(
                "Somebody interpreted", "When it was signed.", names=YES_NO
            ),
        },
    ),
    "patient.revoke-consent": Form(
        "Revoke a consent",
        "What was told before stays lawful.",
        "Revoke",
        "The consent is revoked",
        {
            "/consent_id": Ask("Consent", "Which one.", choices="consents", default="only"),
            "/day": Ask("Revoked on", "The day itself is included.", default="today"),
        },
    ),
    "patient.disclose": Form(
        "Record a disclosure",
        "Something was told to the recipient of a consent.",
        "Record",
        "Disclosure recorded",
        {
            "/disclosure/disclosure_id": Ask("Disclosure", "A new one.", widget="new"),
            "/disclosure/consent_id": Ask(
                "Under which consent", "Whom it was told.", choices="consents", default="only"
            ),
            "/disclosure/scope": Ask("What was told", "One at least.", names=SCOPES),
            "/disclosure/day": Ask("Told on", "On which day.", default="today"),
            "/disclosure/recipient": Ask(
                "Who was told", "Empty: whom the consent names. Say who, where it names a class."
            ),
            "/disclosure/address": Ask("Their address", "Where it is known."),
            "/disclosure/purpose": Ask("What for", "Empty: what the consent says."),
        },
    ),
    "patient.disclose-in-emergency": Form(
        "Record a disclosure in an emergency",
        "Medical personnel were told what they needed, and no consent could be had (42 CFR 2.51).",
        "Record",
        "Disclosure recorded",
        {
            "/disclosure/disclosure_id": Ask("Disclosure", "A new one.", widget="new"),
            "/disclosure/told_at": Ask("Told", "Date and time.", default="now"),
            "/disclosure/personnel": Ask("Who was told", "The name of the medical personnel."),
            "/disclosure/affiliation": Ask(
                "Of which facility", "The hospital or service that they are of, if any."
            ),
            "/disclosure/discloser": Ask("Who told them", "The name of whoever did."),
            "/disclosure/nature": Ask("The emergency", "What it was, in a few words."),
            "/disclosure/scope": Ask("What was told", "One at least.", names=SCOPES),
            "/disclosure/address": Ask("Their address", "Where it is known."),
        },
    ),
    "patient.disclose-without-consent": Form(
        "Record a disclosure without a consent",
        "A court's order, an audit or another rule that asks for no consent.",
        "Record",
        "Disclosure recorded",
        {
            "/disclosure/disclosure_id": Ask("Disclosure", "A new one.", widget="new"),
            "/disclosure/basis": Ask(
                "By which rule",
                "An emergency has a form of its own.",
                names={
                    "court-order": "A court's order",
                    "audit-or-evaluation": "An audit or evaluation",
                    "research": "Research",
                    "child-abuse-report": "A report of child abuse or neglect",
                    "crime-on-premises": "A crime on the premises or against the staff",
                },
            ),
            "/disclosure/recipient": Ask("Who was told", "A person or an organization."),
            "/disclosure/purpose": Ask("What for", "In a few words: the patient is told them."),
            "/disclosure/scope": Ask("What was told", "One at least.", names=SCOPES),
            "/disclosure/day": Ask("Told on", "On which day.", default="today"),
            "/disclosure/reference": Ask(
                "Relies on", "The order's number, court and day; the agreement of an audit."
            ),
            "/disclosure/address": Ask("Their address", "Where it is known."),
        },
    ),
}
