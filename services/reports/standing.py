"""How a number of a policy stands: who asks for it, and whether anybody has read that. Pure."""

from typing import Literal

from domain.policy import Parameter, Policy

Standing = Literal["asked by the rule", "a program's own", "superseded", "not verified"]
"""The rule in force asks for the number, as somebody has read; only the program asks for it; it was
asked for until a day; or the text was not read, is an old copy, or says less."""


def standing_of(policy: Policy, parameter: Parameter) -> Standing:
    """Return how a number of a policy stands."""
    if policy.regime == "program":
        return "a program's own"
    if parameter.in_force_until is not None:
        return "superseded"
    return "asked by the rule" if parameter.verified else "not verified"
