"""What offices write for a time zone, and the name of the IANA database that is meant."""

from services.application.facilities import zones

_EASTERN, _CENTRAL = "America/New_York", "America/Chicago"
_MOUNTAIN, _PACIFIC = "America/Denver", "America/Los_Angeles"

OLD_NAMES = {
    "US/Alaska": "America/Anchorage",
    "US/Aleutian": "America/Adak",
    "US/Arizona": "America/Phoenix",
    "US/Central": _CENTRAL,
    "US/East-Indiana": "America/Indiana/Indianapolis",
    "US/Eastern": _EASTERN,
    "US/Hawaii": "Pacific/Honolulu",
    "US/Indiana-Starke": "America/Indiana/Knox",
    "US/Michigan": "America/Detroit",
    "US/Mountain": _MOUNTAIN,
    "US/Pacific": _PACIFIC,
    "US/Samoa": "Pacific/Pago_Pago",
    "EST5EDT": _EASTERN,
    "CST6CDT": _CENTRAL,
    "MST7MDT": _MOUNTAIN,
    "PST8PDT": _PACIFIC,
    "EST": _EASTERN,
    "MST": _MOUNTAIN,
    "HST": "Pacific/Honolulu",
}
"""Names that the database keeps for old times' sake, with those that took their place. Some never
change their clocks, which nobody means who writes them."""

_SAME_CLOCKS = {old: new for old, new in OLD_NAMES.items() if old not in {"EST", "MST"}}

_IN_WORDS = {
    _EASTERN: ("eastern", "et", "est", "edt", "eastern standard", "eastern daylight", "new york"),
    _CENTRAL: ("central", "ct", "cst", "cdt", "central standard", "central daylight", "chicago"),
    _MOUNTAIN: ("mountain", "mt", "mst", "mdt", "mountain standard", "denver"),
    _PACIFIC: ("pacific", "pt", "pst", "pdt", "pacific standard", "los angeles"),
    "America/Phoenix": ("arizona", "us mountain standard", "phoenix"),
    "America/Anchorage": ("alaska", "alaskan standard", "akst", "anchorage"),
    "Pacific/Honolulu": ("hawaii", "hawaiian standard", "hst", "honolulu"),
}


def zone_problem(name: str) -> str | None:
    """Say what is wrong with a zone's name; None where the IANA database has it."""
    if name in zones():
        return None
    meant = _meant(name)
    return "not in the IANA database" + (f": write {meant}" if meant else _EXAMPLE)


_EXAMPLE = f", which names a zone after a place in it, such as {_EASTERN}"


def current_name(name: str) -> str:
    """Return the name that took the place of a zone's old one: of the same clocks."""
    return _SAME_CLOCKS.get(name, name)


def _meant(name: str) -> str | None:
    """Return the zone that is probably meant."""
    words = " ".join(name.replace("_", " ").casefold().split()).removesuffix(" time")
    for zone, called in _IN_WORDS.items():
        if words in called:
            return zone
    path = words.replace(" ", "_")
    found = {each.casefold(): each for each in sorted(zones())}.get(path)
    return OLD_NAMES.get(found, found) if found else None
