// The week: what is chosen stands in the address, and what a change would do shows before it is made.
import { UNKNOWN, done, forgetRefusal, refuse, saving, showLast } from "./acts.js";
import { element, parse } from "./html.js";
import { refresh } from "./refresh.js";
import { NoAnswer, request, send } from "./requests.js";

const SETTLED = 250; // milliseconds without another key, until it is looked at
let timer = null;
let looking = null;

async function go(href, { replace = false } = {}) {
  const url = new URL(href, location.href);
  history[replace ? "replaceState" : "pushState"](null, "", url);
  form()?.removeAttribute("data-dirty"); // it is left
  await refresh();
  const beside = matchMedia("(min-width: 1021px)").matches;
  if (url.hash) document.getElementById(url.hash.slice(1))?.focus({ preventScroll: beside });
}

const form = () => document.querySelector("form[data-preview]");

// What the form says; of boxes with one name the values stand beside each other.
function fieldsOf(from) {
  const found = {};
  for (const [name, value] of new FormData(from)) found[name] = name in found ? `${found[name]} ${value}` : value;
  return found;
}

// Shows what the form would do; returns whether it can be done.
function look(from) {
  clearTimeout(timer);
  const said = JSON.stringify(fieldsOf(from));
  const { position } = document.body.dataset;
  if (looking?.said === said && looking.from === from && looking.position === position) return looking.answer;
  looking = { said, from, position, answer: load(from, said) };
  return looking.answer;
}

async function load(from, said) {
  const place = from.querySelector("#effects");
  place.setAttribute("aria-busy", "true");
  try {
    const answer = await request(from.dataset.preview, { method: "POST", json: JSON.parse(said) });
    const found = parse(await answer.text()).getElementById("found");
    if (looking?.said !== said) return looking?.answer ?? null; // something was typed meanwhile
    if (!found) throw new NoAnswer();
    const chosen = bookings(place);
    place.replaceChildren(document.adoptNode(found));
    for (const each of place.querySelectorAll("[data-booking]")) each.checked = chosen.includes(each.dataset.booking);
    place.removeAttribute("aria-busy");
    showGhosts(found);
    return found;
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    if (looking?.said === said) looking = null;
    place.removeAttribute("aria-busy");
    place.replaceChildren(element("p", {}, "It could not be worked out. Change something, or press again."));
    return null;
  }
}

// The bookings that somebody chose, to make up for what weeks would lack.
const bookings = (place) => [...place.querySelectorAll("[data-booking]:checked")].map((each) => each.dataset.booking);

// Where sessions would be, in the grid itself.
function showGhosts(found) {
  hideGhosts();
  for (const each of found?.querySelectorAll("template[data-day]") ?? []) {
    const slots = document.querySelector(`#day-${CSS.escape(each.dataset.day)} .slots`);
    const ghost = document.importNode(each.content, true).firstElementChild;
    ghost.classList.add("x0", "w12", ...stepsOf(each.dataset));
    slots?.append(ghost);
    const now = document.getElementById(each.dataset.session);
    now?.classList.add("from");
  }
}

// The classes of a place in the grid: a step is five minutes.
function stepsOf({ begins, ends }) {
  const first = Number(document.getElementById("grid")?.dataset.firstHour ?? 0) * 60;
  const step = (minutes) => Math.max(Math.round((minutes - first) / 5), 0);
  return [`s${step(begins)}`, `e${Math.max(step(ends), step(begins) + 1)}`];
}

function hideGhosts() {
  document.querySelectorAll("[data-ghost]").forEach((each) => each.remove());
  document.querySelectorAll(".ev.from").forEach((each) => each.classList.remove("from"));
}

// Books each of some sessions; returns why some were refused, and what takes the others back.
async function book(chosen) {
  const booked = { position: null, refused: [], back: [] };
  for (const each of chosen) {
    const payload = JSON.parse(each);
    const answer = await send("patient.book-repair", payload);
    if (answer.problem) {
      booked.refused.push(answer.problem.detail);
      continue;
    }
    booked.position = answer.position;
    const { patient_id, session_ids } = payload;
    for (const session_id of session_ids)
      booked.back.push({ command: "session.release-patient", payload: { session_id, patient_id, reason: "booked by mistake" } });
  }
  return booked;
}

const withBookings = (undo, back) => ({ ...undo, next: [...(undo.next ?? []), ...back] });

async function make(from, button) {
  if (button.hasAttribute("aria-busy")) return;
  forgetRefusal(button);
  const label = saving(button);
  const here = location.href;
  try {
    const found = await look(from);
    if (!found) throw new NoAnswer();
    const { command, payload, said, undo } = found.dataset;
    if (!command) return void found.querySelector("li, p")?.scrollIntoView({ block: "nearest" });
    const answer = await send(command, JSON.parse(payload));
    if (answer.problem) return refuse(button, answer.problem);
    const booked = await book(bookings(from));
    const also = booked.refused.length ? `${said}. Not booked: ${booked.refused.join("; ")}` : said;
    showLast(also, undo && withBookings(JSON.parse(undo), booked.back));
    looking = null;
    from.removeAttribute("data-dirty");
    if (location.href === here) history.replaceState(null, "", from.dataset.then); // nobody went on
    await refresh(booked.position ?? answer.position ?? "0");
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    refuse(button, { detail: UNKNOWN });
  } finally {
    done(button, label);
  }
}

// After the page was shown anew: what a form would do may be otherwise by now.
function shown() {
  const from = form();
  if (!from) return hideGhosts();
  if (looking?.from !== from || looking.position !== document.body.dataset.position) look(from);
  else showGhosts(from.querySelector("#found"));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-stay]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(link.href);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  document.querySelector("#panel header a[data-stay]")?.click();
});

document.addEventListener("change", (event) => {
  const legend = event.target.closest("#legend");
  if (!legend) return;
  const url = new URL(location.href);
  const boxes = [...legend.querySelectorAll("input[name=track]")];
  const shown = boxes.filter((each) => each.checked);
  url.searchParams.delete("track");
  if (shown.length === 0) url.searchParams.append("track", "none");
  else if (shown.length < boxes.length) shown.forEach((each) => url.searchParams.append("track", each.value));
  go(url.href, { replace: true });
});

document.addEventListener("input", (event) => {
  const from = event.target.closest("form[data-preview]");
  if (!from) return;
  from.setAttribute("data-dirty", "");
  clearTimeout(timer);
  timer = setTimeout(() => look(from), SETTLED);
});

document.addEventListener("submit", (event) => {
  const from = event.target.closest("form[data-preview]");
  if (!from) return;
  event.preventDefault();
  make(from, event.submitter ?? from.querySelector("button.go"));
});

addEventListener("popstate", () => {
  form()?.removeAttribute("data-dirty");
  refresh();
});
document.addEventListener("daybook:shown", shown);
if (form()) look(form());
