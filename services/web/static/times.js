// Times on a facility's clocks.

// The instant at which a zone's clocks show a local date and time, as 2026-11-19T17:52; null where
// they skip it. Of a time that comes twice it is the first.
export function instantAt(local, zone) {
  const wanted = Date.parse(`${local.slice(0, 16)}Z`);
  for (const guess of [wanted - offset(wanted - 14 * 36e5, zone), wanted - offset(wanted + 14 * 36e5, zone)]) {
    if (guess + offset(guess, zone) === wanted) return new Date(guess).toISOString().replace(".000", "");
  }
  return null;
}

// How far a zone's clocks are ahead of UTC at an instant, in milliseconds.
function offset(at, zone) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
    hour: "numeric", minute: "numeric", second: "numeric",
  }).formatToParts(at);
  const of = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(of.year, of.month - 1, of.day, of.hour, of.minute, of.second) - Math.floor(at / 1000) * 1000;
}
