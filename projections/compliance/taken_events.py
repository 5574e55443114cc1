"""The events that matter here, by what they are about."""

from domain.aggregate import Event
from domain.facility import FacilityOpened, FacilityRevised
from domain.monitoring.events import (
    AssessmentTaken,
    DrugTestingOpened,
    IncidentRecorded,
    IncidentWithdrawn,
    PhaseSet,
    ResultCorrected,
    ResultReported,
    SpecimenCollected,
)
from domain.patient import (
    AdmissionCorrected,
    AuthorizationRecorded,
    AuthorizationRevised,
    CandidateAdmitted,
    CareCertified,
    CareRecertified,
    CommitmentNoted,
    CommitmentRevised,
    ConsentGiven,
    ConsentRevoked,
    CounselorAssigned,
    DischargeCorrected,
    DischargeSummarySigned,
    DisclosureMade,
    LeaveGranted,
    LeaveRevised,
    OutreachAttempted,
    PartialHospitalizationRecorded,
    PartialHospitalizationWithdrawn,
    PatientAdmitted,
    PatientDischarged,
    PatientMerged,
    PayerChanged,
    PlanAdjusted,
    PlanReviewed,
    PlanSet,
    PlanTapered,
    RuleWaived,
    StayJustified,
    WaiverWithdrawn,
)
from domain.payer_policy import PayerPolicyAdopted, PayerPolicyDropped
from domain.program import (
    ClosureDeclared,
    ClosureLifted,
    PolicyAdopted,
    PolicyDropped,
    ProgramOpened,
    ProgramRevised,
)
from domain.session import (
    AbsenceAnnounced,
    AttendanceCorrected,
    AttendanceRecorded,
    AttendanceWithdrawn,
    GroupNoteSigned,
    IndividualNoteSigned,
    NoteCosigned,
    PatientReleased,
    PatientRostered,
    RoomSubstituted,
    SessionCalledOff,
    SessionClosed,
    SessionRescheduled,
    SessionRestored,
    SessionScheduled,
    SessionWithdrawn,
    SheetSigned,
)
from domain.supervision import CredentialSupervised, CredentialUnsupervised

OF_ONE_PATIENT = (
    PatientRostered,
    PatientReleased,
    AbsenceAnnounced,
    AttendanceRecorded,
    AttendanceCorrected,
    AttendanceWithdrawn,
    IndividualNoteSigned,
    NoteCosigned,
)

OF_ALL = (
    SessionScheduled,
    SessionRescheduled,
    SessionCalledOff,
    SessionRestored,
    SessionWithdrawn,
    GroupNoteSigned,
)

OF_SESSIONS = (*OF_ONE_PATIENT, *OF_ALL, RoomSubstituted, SessionClosed, SheetSigned)

OF_PATIENTS = (
    AdmissionCorrected,
    AssessmentTaken,
    AuthorizationRecorded,
    AuthorizationRevised,
    CandidateAdmitted,
    CareCertified,
    CareRecertified,
    CommitmentNoted,
    CommitmentRevised,
    ConsentGiven,
    ConsentRevoked,
    CounselorAssigned,
    DischargeCorrected,
    DischargeSummarySigned,
    DisclosureMade,
    DrugTestingOpened,
    IncidentRecorded,
    IncidentWithdrawn,
    LeaveGranted,
    LeaveRevised,
    OutreachAttempted,
    PartialHospitalizationRecorded,
    PartialHospitalizationWithdrawn,
    PatientAdmitted,
    PatientDischarged,
    PatientMerged,
    PayerChanged,
    PhaseSet,
    PlanAdjusted,
    PlanReviewed,
    PlanSet,
    PlanTapered,
    ResultCorrected,
    ResultReported,
    RuleWaived,
    SpecimenCollected,
    StayJustified,
    WaiverWithdrawn,
)
"""The events of patients, what they answer and give among them."""

BESIDE_PATIENTS = (AssessmentTaken, IncidentRecorded, IncidentWithdrawn)
"""The events of other aggregates that say of which patient they are."""

OF_PROGRAMS = (
    PolicyAdopted,
    PolicyDropped,
    ClosureDeclared,
    ClosureLifted,
    ProgramOpened,
    ProgramRevised,
)
OF_SITES = (
    PayerPolicyAdopted,
    PayerPolicyDropped,
    FacilityOpened,
    FacilityRevised,
    CredentialSupervised,
    CredentialUnsupervised,
)

TAKEN: frozenset[type[Event]] = frozenset((*OF_SESSIONS, *OF_PATIENTS, *OF_PROGRAMS, *OF_SITES))
