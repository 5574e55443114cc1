"""What is wrong with facility.toml."""

from tests.services.clinic_import.clinic_edits import FaultCase, facility, in_facility, on_bytes

FACILITY_FAULTS = [
    FaultCase(
        "facility: a zone that is not there",
        facility("America/Chicago", "America/Springfield"),
        in_facility(3),
    ),
    FaultCase(
        "facility: a zone that is a region", facility("America/Chicago", "America"), in_facility(3)
    ),
    FaultCase(
        "facility: a zone that is a path",
        facility("America/Chicago", "../America/Chicago"),
        in_facility(3),
    ),
    FaultCase("facility: an empty zone", facility("America/Chicago", ""), in_facility(3)),
    FaultCase(
        "facility: a zone that is a number", facility('"America/Chicago"', "-6"), in_facility(3)
    ),
    FaultCase("facility: no zone", facility('timezone = "America/Chicago"\n', ""), in_facility(1)),
    FaultCase(
        "facility: a week that starts on Tuesday", facility('"monday"', '"tuesday"'), in_facility(4)
    ),
    FaultCase(
        "facility: late after a text", facility("minutes = 10", 'minutes = "ten"'), in_facility(5)
    ),
    FaultCase(
        "facility: late after a fraction", facility("minutes = 10", "minutes = 7.5"), in_facility(5)
    ),
    FaultCase(
        "facility: late after a truth", facility("minutes = 10", "minutes = true"), in_facility(5)
    ),
    FaultCase("facility: an empty id", facility('"juniper"', '""'), in_facility(1)),
    FaultCase(
        "facility: a name that is a number", facility('"Juniper Day Clinic"', "5"), in_facility(2)
    ),
    FaultCase("facility: a room of no places", facility("city = 4", "city = 0"), in_facility(10)),
    FaultCase("facility: a room of -1 places", facility("city = 4", "city = -1"), in_facility(10)),
    FaultCase(
        "facility: a room of half a place", facility("city = 3", "city = 2.5"), in_facility(15)
    ),
    FaultCase(
        "facility: a room of few places", facility("city = 2", 'city = "few"'), in_facility(20)
    ),
    FaultCase("facility: a room without places", facility("capacity = 4\n", ""), in_facility(7)),
    FaultCase("facility: a room without id", facility('id = "den"\n', ""), in_facility(12)),
    FaultCase("facility: staff without name", facility('name = "Q. Birch"\n', ""), in_facility(27)),
    FaultCase("facility: staff with an empty id", facility('"s-cedar"', '""'), in_facility(33)),
    FaultCase(
        "facility: a closure on no date", facility("= 2026-09-11", '= "someday"'), in_facility(38)
    ),
    FaultCase(
        "facility: a closure without reason",
        facility('reason = "Staff training"\n', ""),
        in_facility(37),
    ),
    FaultCase(
        "facility: a room with something unknown",
        facility("capacity = 4\n", 'capacity = 4\ncolour = "green"\n'),
        in_facility(11),
    ),
    FaultCase(
        "facility: something unknown of the site",
        facility("minutes = 10\n", 'minutes = 10\nfax = "none"\n'),
        in_facility(6),
    ),
    FaultCase("facility: two rooms of one id", facility('"den"', '"hall"'), in_facility(13)),
    FaultCase("facility: two staff of one id", facility('"s-birch"', '"s-ash"'), in_facility(28)),
    FaultCase(
        "facility: not TOML", facility('"America/Chicago"', "America/Chicago"), in_facility(3)
    ),
    FaultCase(
        "facility: not UTF-8",
        on_bytes("facility.toml", lambda content: content.replace(b"Hall", b"H\xe4ll")),
        in_facility(9),
    ),
]
