"""Refusals about questionnaires, screenings and drug tests."""

from domain.errors.kinds import OutOfOrder, Refusal, WrongState


class WrongAnswers(Refusal):
    """An instrument's items are missing, unknown or out of their range."""

    says = "{instrument}: {because}"


class GapsReversed(OutOfOrder):
    """The longest gap between two drug tests is shorter than the shortest."""

    says = (
        "the longest gap between drug tests, {longest} days, is shorter than the shortest,"
        " {shortest} days"
    )


class GapTooLong(OutOfOrder):
    """Two drug tests would lie further apart than a year."""

    says = "the longest gap between drug tests is {longest} days, and cannot be more than {most}"


class StepOutOfTurn(WrongState):
    """A drug test is not where this step of it would be."""

    says = "a drug test that is {state} cannot be {step}"
