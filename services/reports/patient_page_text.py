"""How a patient's page is worded, line by line, for a terminal of 80 columns."""

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from domain.levels import DIMENSIONS, HIGHEST_RISK
from domain.plurals import counted
from services.reports.verdict_words import admission_words, week_words
from services.text_output import one_line

Facts = dict[str, Any]

INSTRUMENTS = {"phq-9": "PHQ-9", "gad-7": "GAD-7", "bam": "BAM", "c-ssrs": "C-SSRS"}

CONCERNS = {
    "thoughts-of-death": "the PHQ-9 speaks of thoughts of death or self-harm",
    "suicide-risk-high": "the C-SSRS screener finds a high risk",
}

INCIDENTS = {
    "use": "use of alcohol or drugs",
    "arrest": "an arrest over alcohol or drugs",
    "no-progress": "no acceptable progress by the plan",
    "self-help-missed": "a self-help group missed",
}
"""What the program can learn of a patient that it may have to report."""

PURPOSES = {"treatment-payment-operations": "treatment, payment and operations"}

DELIVERED = {
    True: "delivered to them as it is recorded",
    False: "nothing is delivered by itself: the site has no recipient of this name",
}
"""Whether anything is delivered under a consent that is in force."""

UNVERIFIED = "(unverified source)"


def lines(facts: Facts) -> Iterator[Text]:
    """Yield the lines of a page. What people wrote stays within its line, and is never markup."""
    born = f"born {facts['born']} ({facts['age']})" if facts["born"] else None
    known = [f", {each}" for each in (facts["mrn"], born) if each]
    yield _strong(facts["name"]).append(one_line("".join(known)))
    yield from map(_line, _standing(facts))
    for title, section in (
        ("To do", _to_do(facts)),
        ("Plan of care", _plan(facts)),
        ("Authorizations", _authorizations(facts)),
        ("Last weeks", _weeks(facts)),
        ("Next sessions", _sessions(facts)),
        ("Assessments", _assessments(facts)),
        ("Drug tests", _drug_tests(facts)),
        ("Incidents", _incidents(facts)),
        ("Support", _support(facts)),
        ("Outreach after missed sessions", _outreach(facts)),
        ("Consents", _consents(facts)),
    ):
        if told := list(section):
            yield Text()
            yield _strong(title)
            yield from (Text("  ").append_text(_line(each)) for each in told)
    yield Text()
    yield _line(f"As of {facts['as_of']}.")


def _line(said: str | Text) -> Text:
    return said if isinstance(said, Text) else Text(one_line(said))


def _strong(said: str, style: str = "bold") -> Text:
    return Text().append(one_line(said), style)


def _words(code: str) -> str:
    """Return a code as words: `step-down` as step down."""
    return code if code in {"co-occurring", "12-step"} else code.replace("-", " ")


def _standing(facts: Facts) -> Iterator[str]:
    """Say whether the patient is a candidate, in treatment or discharged, and what was before."""
    candidacy, episodes = facts["candidacy"], facts["episodes"]
    if candidacy and candidacy["state"] != "admitted":
        yield from _candidate(candidacy)
    for number, each in enumerate(episodes):
        yield from _episode(each, now=number == 0)
        if number == 0 and candidacy and candidacy["state"] == "admitted":
            said = f"{candidacy['by']} on {candidacy['referred_on']}, {_origin(candidacy)}"
            yield f"  referred by {said}"


def _candidate(candidacy: Facts) -> Iterator[str]:
    if candidacy["state"] == "open":
        said = f"{candidacy['program']} on {candidacy['referred_on']} by {candidacy['by']}"
        yield f"Candidate, referred to {said}, {_origin(candidacy)}"
        level = candidacy["recommended_level"]
        yield f"  screening recommends level {level}" if level else "  not screened yet"
    elif candidacy["state"] == "referred up":
        why = ", ".join(map(_words, candidacy["reasons"]))
        yield f"Referred up to level {candidacy['referred_up_to']}: {why}"
    else:
        yield f"Referral closed: {'; '.join(candidacy['reasons'])}"


def _origin(candidacy: Facts) -> str:
    origin = candidacy["origin"]
    return "from the community" if origin == "community" else f"a step down from {_words(origin)}"


def _episode(each: Facts, *, now: bool) -> Iterator[str]:
    facts = [each["program"], _words(each["focus"] or ""), f"paid by {each['payer']}"]
    what = ", ".join(filter(None, facts))
    ordinal = f"episode {each['episode']}"
    if each["of_a_merged_record"]:
        yield f"Another record of the same person, merged: since {each['admitted_on']}, {what}"
        return
    if each["discharged_on"] is None:
        yield f"In treatment since {each['admitted_on']}, {ordinal}"
        yield f"  {what}"
    else:
        ended = f"{each['admitted_on']} to {each['discharged_on']}"
        to = [f"to level {each['to_level']}"] if each["to_level"] else []
        how = [_words(code) for code in (each["discharge_kind"], *each["discharge_reasons"])]
        yield f"{'Discharged' if now else 'Before'}: {ended}, {ordinal}"
        yield f"  {what}"
        yield f"  {', '.join(how + to)}"
        if summary := each["summary"]:
            signed = f"{summary['by']}, {summary['credential']}"
            yield f"  summary signed on {summary['signed_on']} by {signed}"
    if now and each["override"]:
        yield f"  {admission_words(each['override'])}"


def _to_do(facts: Facts) -> Iterator[str | Text]:
    for each in facts["to_do"]:
        if each["what"] == "safety concern":
            said = CONCERNS[each["because"]]
            yield _strong(f"Safety concern of {each['due']}: {said}.", "bold red")
            yield _strong("Nobody has acknowledged it.", "bold red")
        elif each["what"] == "absences":
            late = "was due" if each["due"] < facts["as_of"] else "is due"
            yield _strong(f"Review after absences {late} on {each['due']}")
            yield f"  {each['because']}"
        elif each["what"] == "authorization":
            yield _strong(f"Authorization {each['because']} {each['due']}")
        else:
            late = "was due" if each["due"] < facts["as_of"] else "is due"
            yield _strong(f"{each['what'].capitalize()} {late} on {each['due']}")


def _plan(facts: Facts) -> Iterator[str]:
    plan = facts["plan"]
    if plan is None:
        return
    hours = _hours(plan["weekly_minutes"])
    days = counted(plan["days_per_week"], "day")
    yield f"{hours} a week on {days}, from {plan['effective_from']} on"
    for each in plan["services"]:
        times = "once" if each["times"] == 1 else f"{each['times']} times"
        yield f"  {_words(each['service'])}: {each['minutes']} min, {times} a {each['per']}"
    if plan["goals"]:
        yield f"Goals: {'; '.join(plan['goals'])}"
    if plan["prompted_by"]:
        yield f"Adjusted because of: {_words(plan['prompted_by'])}"
    if plan["tapers_to"]:
        yield f"A taper, to lead over to level {plan['tapers_to']}"


def _authorizations(facts: Facts) -> Iterator[str]:
    for each in facts["authorizations"]:
        days = f"{each['first_day']} to {each['last_day']}"
        used = f"{each['used']} of {counted(each['units'], 'unit')} used, {each['units_left']} left"
        yield f"{each['payer']} {each['code']}, {days}: {used}"


def _weeks(facts: Facts) -> Iterator[str]:
    for each in facts["weeks"]:
        minutes = f"{each['credited_minutes']:>4} of {each['required_minutes']:>4} min"
        days = f"{each['credited_days']} of {counted(each['required_days'], 'day')}"
        yield f"{each['week_of']}  {minutes}  {days}  {week_words(each)}"


def _sessions(facts: Facts) -> Iterator[str]:
    for each in facts["next_sessions"]:
        starts, ends = each["starts_at"], each["ends_at"]
        yield f"{starts:%a %Y-%m-%d %H:%M}-{ends:%H:%M}  {each['label']}"


def _assessments(facts: Facts) -> Iterator[str]:
    for each in facts["assessments"]:
        newest = each["values"][-1]
        name = f"{INSTRUMENTS[each['instrument']]} {each['scale']}"
        if newest["score"] is None:
            came_to = " > ".join(value["band"] for value in each["values"])
        else:
            scores = " > ".join(str(value["score"]) for value in each["values"])
            came_to = f"{scores}, {newest['band']}"
        verified = all(value["verified"] for value in each["values"])
        yield f"{name}: {came_to} on {newest['day']}" + ("" if verified else f" {UNVERIFIED}")
    if screening := facts["screening"]:
        source = "" if screening["verified"] else f" {UNVERIFIED}"
        yield f"Screening: level {screening['level']} recommended on {screening['screened_on']}"
        names = DIMENSIONS[screening["edition"]]
        risks = [(risk, names[int(number) - 1]) for number, risk in screening["ratings"].items()]
        for risk, name in sorted(risks, reverse=True):
            yield f"  risk {risk} of {HIGHEST_RISK}: {name}"
        yield f"  ASAM Criteria, edition {screening['edition']}{source}"


def _drug_tests(facts: Facts) -> Iterator[str]:
    if facts["stable_since"]:
        yield f"stable since {facts['stable_since']}: tested less often"
    for each in facts["drug_tests"]:
        found = each["state"]
        if each["outcome"]:
            substances = f": {', '.join(each['substances'])}" if each["substances"] else ""
            found = f"{_words(each['outcome'])}{substances} ({each['kind']})"
        if each["validity"]:
            found += f", specimen {each['validity']}"
        why = "at random" if each["because"] == "drawn" else _words(each["because"])
        yield f"{each['day']}  {why}: {found}"


def _incidents(facts: Facts) -> Iterator[str]:
    for each in facts["incidents"]:
        yield f"{each['learned_on']}  {INCIDENTS[each['kind']]}"


def _support(facts: Facts) -> Iterator[str]:
    for each in facts["supporters"]:
        named = ", ".join(filter(None, (each["name"], each["reached_at"])))
        yield f"{each['relation']}: {named}" if named else each["relation"]
    meetings = facts["meetings_of_others"]
    if meetings["in_all"]:
        lately, verified = meetings["in_30_days"], meetings["verified_in_30_days"]
        in_all = f"{meetings['in_all']} in all, {meetings['verified']} verified"
        yield f"Meetings of others (not treatment hours): {in_all}"
        yield f"  in the last 30 days {lately}, of which {verified} verified"
    for each in facts["resources"]:
        became = _words(each["outcome"] or "not known yet")
        yield f"{each['kind']}: {each['resource']}, {each['day']}: {became}"


def _outreach(facts: Facts) -> Iterator[str]:
    for each in facts["outreach"]:
        yield f"{each['at']:%Y-%m-%d %H:%M}  {each['way']}: {_words(each['result'])}"


def _consents(facts: Facts) -> Iterator[str]:
    for each in facts["consents"]:
        until = f"until {each['last_day']}" if each["last_day"] else "until it is revoked"
        if each["revoked_on"]:
            until = f"revoked on {each['revoked_on']}"
        state = "" if each["in_force"] else "not in force: "
        purpose = PURPOSES.get(each["purpose"], each["purpose"])
        yield f"{state}{each['recipient']}, {until}"
        yield f"  for {purpose}: {', '.join(map(_words, each['scope']))}"
        if each["in_force"]:
            yield f"  {DELIVERED[each['delivered']]}"
        if each["signed_by"]:
            interpreted = ", with an interpreter" if each["interpreter"] else ""
            yield f"  signed by {_words(each['signed_by'])}{interpreted}"
    disclosures = facts["disclosures"]
    if disclosures["in_all"]:
        yield f"Disclosures made: {disclosures['in_all']}, the last on {disclosures['last_day']}"


def _hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part, of in ((f"{hours} h", hours), (f"{rest} min", rest)) if of)
