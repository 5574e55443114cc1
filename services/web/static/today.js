// Today: who stands at the desk is found by the first letters of a name, and what was refused can
// be mended where it was refused.
import { act } from "./acts.js";
import { element } from "./html.js";
import { refresh } from "./refresh.js";
import { NoAnswer, call, facility } from "./requests.js";

const FEWEST_LETTERS = 2;
const MOST_SHOWN = 8;
const RANK = ["expected", "here", "excused", "absence_announced", "turned_away", "waiting", "left"];

let chosen = 0; // which of those who are found
let isUnfolded = false; // for whom is sought
let searched = ""; // the letters of those who are shown from among all patients

const field = () => document.getElementById("desk");

// Names without accents, as they are compared.
const wordsOf = (text) =>
  text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("-", " ").split(/\s+/).filter(Boolean);

// Whether each word is how a word of a name begins, each of them another one.
function matches(words, name) {
  const left = wordsOf(name);
  return [...words].sort((a, b) => b.length - a.length).every((word) => {
    const at = left.findIndex((each) => each.startsWith(word));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

const isSoon = (row) => row.closest(".session").dataset.soon === "true";

function found(words) {
  if (!words.length) return [];
  const rows = [...document.querySelectorAll("tr[data-name]")];
  const rank = (row) => (isSoon(row) ? 0 : 100) + (RANK.indexOf(row.dataset.state) + 1 || 50);
  return rows.filter((row) => matches(words, row.dataset.name)).sort((a, b) => rank(a) - rank(b));
}

// Shows who is found, and who of them is chosen. Also called when the page was morphed.
function show() {
  const input = field();
  if (!input) return;
  const words = wordsOf(input.value);
  const rows = found(words);
  chosen = Math.min(chosen, Math.max(rows.length - 1, 0));
  const row = rows[chosen];
  for (const each of document.querySelectorAll("tr[data-name]")) {
    each.classList.toggle("match", each === row);
    each.classList.toggle("off", rows.length > 0 && !rows.includes(each));
  }
  for (const each of document.querySelectorAll(".session, .roster tbody, .over")) {
    const theirs = [...each.querySelectorAll("tr[data-name]")];
    each.classList.toggle("off", rows.length > 0 && !theirs.some((one) => rows.includes(one)));
  }
  unfold(row);
  mark(rows, words);
  hint(row, rows.length);
  others(input.value.trim(), words, rows.length);
  row?.scrollIntoView({ block: "nearest" });
}

// Who is found among what is folded away is shown, as long as they are sought.
function unfold(row) {
  const over = document.getElementById("over");
  if (!over) return;
  const isIn = over.contains(row ?? null);
  if (isIn && !over.open) over.open = isUnfolded = true;
  else if (!isIn && isUnfolded) over.open = isUnfolded = false;
}

function mark(rows, words) {
  if (!window.CSS?.highlights) return;
  const ranges = [];
  for (const row of rows) {
    const text = row.querySelector(".who a").firstChild;
    for (const { 0: word, index } of text.data.matchAll(/[^\s-]+/g)) {
      const by = words.find((each) => wordsOf(word)[0]?.startsWith(each));
      if (!by) continue;
      const range = new Range();
      range.setStart(text, index);
      range.setEnd(text, index + Math.min(by.length, word.length));
      ranges.push(range);
    }
  }
  CSS.highlights.set("desk", new Highlight(...ranges));
}

const mainOf = (row) => row.querySelector(".main");
const isPressed = (button) =>
  ["session.check-in", "session.book-patient"].includes(button?.dataset.command) && isSoon(button);
const lowered = (text) => text.charAt(0).toLowerCase() + text.slice(1);

function hint(row, count) {
  const go = document.getElementById("desk-go");
  const place = document.getElementById("desk-hint");
  const key = (text) => element("kbd", {}, text);
  const main = row && mainOf(row);
  go.hidden = !row;
  if (!row) {
    place.replaceChildren(key("Enter"), " checks in whom you type");
    return;
  }
  const name = element("b", {}, row.dataset.name);
  const session = row.closest(".session");
  const where = `, ${session.dataset.label} at ${session.dataset.starts}`;
  if (isPressed(main)) {
    go.textContent = `${main.textContent} ${row.dataset.name.split(" ")[0]}`;
    place.replaceChildren(key("Enter"), ` ${main.textContent === "Check in" ? "checks in" : `${lowered(main.textContent)}:`} `, name, where);
  } else {
    go.textContent = "Go to";
    place.replaceChildren(key("Enter"), " goes to ", name, where);
  }
  if (count > 1) place.append(" ", key("↑"), " ", key("↓"), ` ${count - 1} more`);
}

function go() {
  const input = field();
  const row = found(wordsOf(input.value))[chosen];
  if (!row) return searchOthers();
  const main = mainOf(row);
  if (!isPressed(main)) return (main ?? row.querySelector(".more")).focus();
  input.value = "";
  chosen = 0;
  show();
  input.focus();
  return act(main);
}

// Who is not expected today: sought among all patients, by a body and never by an address.

function others(text, words, count) {
  const place = document.getElementById("desk-others");
  const letters = words.join("").length;
  // What was begun there is seen to its end, though whom it is about has a row by now.
  if (searched === text && place.querySelector("[aria-busy], [data-refusal]")) return undefined;
  if (count || letters < FEWEST_LETTERS) {
    searched = "";
    return place.replaceChildren();
  }
  if (searched === text) return undefined;
  searched = "";
  const said = element("p", {}, `Nobody called “${text}” is expected today.`);
  const button = element("button", { type: "button", class: "b small", id: "desk-search" }, "Look among all patients");
  return place.replaceChildren(said, ...(place.dataset.maySearch === "true" ? [button] : []));
}

async function searchOthers() {
  const place = document.getElementById("desk-others");
  const text = field().value.trim();
  if (place.dataset.maySearch !== "true" || wordsOf(text).join("").length < FEWEST_LETTERS) return;
  searched = text;
  let answer;
  try {
    answer = await call(`POST /v1/facilities/${facility()}/patients/search`, { name: text });
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    searched = "";
    return;
  }
  if (searched !== text) return;
  if (answer.problem) return place.replaceChildren(element("p", { role: "alert" }, answer.problem.detail));
  const people = answer.result.items;
  if (!people.length) return nobody(place, text);
  const said = people.some((each) => each.state === "in_treatment")
      ? "Not expected today. Book and check in as a walk-in, or see what else can be done:"
      : "Known here, and not in treatment now:";
  const list = element("ul", { class: "found" }, ...people.slice(0, MOST_SHOWN).map(person));
  const more = people.length - MOST_SHOWN;
  const rest = more > 0 ? [element("p", {}, `And ${more} more: type more letters.`)] : [];
  place.replaceChildren(element("p", {}, said), list, ...rest);
}

// Nobody is called so at all: somebody new begins with a referral.
function nobody(place, text) {
  const refer = { class: "b small", "data-dialog": true, href: `/facilities/${facility()}/record/patient.refer` };
  place.replaceChildren(
    element("p", {}, `No patient is called “${text}”. Somebody new begins with a referral.`),
    ...(place.dataset.mayRefer === "true" ? [element("a", refer, "Refer somebody new")] : []),
  );
}

function person(each) {
  const sessions = [...document.querySelectorAll(".session[data-open=true]")];
  const may = document.getElementById("desk-others").dataset.mayBook === "true";
  const its = { patient_id: each.patient_id };
  const base = `/facilities/${facility()}`;
  const buttons = sessions.flatMap((session) => {
    const payload = { session_id: session.id, ...its };
    const walkIn = element("button", {
      type: "button", class: "b small tint",
      "data-command": "session.book-patient",
      "data-payload": JSON.stringify(payload),
      "data-next": JSON.stringify([{ command: "session.check-in", payload }]),
      "data-said": `${each.name} is in`,
      "data-undo": JSON.stringify({ like: `#undo-${session.id}-${each.patient_id}` }),
    }, `Walk-in: ${session.dataset.label}`);
    const more = element("a", {
      class: "b small quiet", "data-dialog": true,
      href: `${base}/sessions/${session.id}/patients/${each.patient_id}`,
      "aria-label": `Make-up and more for ${each.name}, ${session.dataset.label}`,
    }, "Make-up and more");
    return may && each.state === "in_treatment" ? [walkIn, more] : [];
  });
  const name = element("a", { href: `${base}/patients/${each.patient_id}` }, each.name);
  const state = element("small", {}, `${each.mrn} · ${each.state.replaceAll("_", " ")}`);
  return element("li", { "data-patient": each.patient_id }, element("p", {}, name, " ", state), element("div", { class: "do" }, ...buttons));
}

// What would mend a refusal, by its type.

const press = (label, steps, said, undo) =>
  element("button", {
    type: "button", class: "b small",
    "data-command": steps[0].command,
    "data-payload": JSON.stringify(steps[0].payload),
    "data-next": steps.length > 1 ? JSON.stringify(steps.slice(1)) : null,
    "data-said": said,
    "data-undo": undo ? JSON.stringify(undo) : null,
  }, label);

const openMore = (label) => ({ session, patient }) =>
  element("a", {
    class: "b small", "data-dialog": true,
    href: `/facilities/${facility()}/sessions/${session}/patients/${patient}`,
  }, label);

const REPAIRS = {
  "signed-in-elsewhere": ({ row }) => {
    if (!row?.dataset.elsewhere) return null;
    const { label, steps, said, undo } = JSON.parse(row.dataset.elsewhere);
    return press(label, steps, said, undo);
  },
  // Once it has begun nobody gets a place in it.
  "session-full": ({ payload, name, session }) =>
    document.getElementById(session)?.dataset.begun !== "true" &&
    press("Put on the waiting list", [{ command: "session.wait", payload }], `${name} waits for a place`,
      { command: "session.stop-waiting", payload: { ...payload, reason: "undone at the front desk" } }),
  "not-on-roster": ({ payload, name, session, patient }) =>
    press("Book and check in", [{ command: "session.book-patient", payload }, { command: "session.check-in", payload }],
      `${name} is in`, { like: `#undo-${session}-${patient}` }),
  "record-closed": openMore("Correct with a reason"),
  "reason-missing": openMore("Correct with a reason"),
  "commitment-in-the-way": openMore("Book all the same, with a reason"),
  "patient-taken": openMore("See what else can be done"),
  "already-made-up": openMore("See what else can be done"),
  "outside-session": openMore("Enter the right time"),
  "signed-in-twice": openMore("Enter the right time"),
};

function mend({ button, problem, alert }) {
  const repair = REPAIRS[problem.type?.replace("daybook:refusal:", "")];
  const given = JSON.parse(button.dataset?.payload ?? "{}");
  const { session_id: session, patient_id: patient } = given;
  if (!repair || !session || !patient || button.closest("dialog")) return;
  const row = document.getElementById(`${session}-${patient}`);
  const name = row?.dataset.name ?? button.closest("[data-patient]")?.querySelector("a")?.textContent ?? "The patient";
  if (problem.type.endsWith("signed-in-elsewhere") && row?.dataset.elsewhere) {
    const there = JSON.parse(row.dataset.elsewhere);
    alert.querySelector("span").textContent = `Still signed in to ${there.name} since ${there.since}.`;
  }
  const mended = repair({ row, name, session, patient, payload: { session_id: session, patient_id: patient } });
  if (mended) alert.append(mended);
  alert.scrollIntoView({ block: "nearest" });
}

// What is said of now, such as how soon a session begins, is new each minute.
const MINUTE = 60_000;

export function listen() {
  setInterval(() => {
    if (document.querySelector(".head time.clock") && document.visibilityState === "visible") refresh();
  }, MINUTE);
  document.addEventListener("input", (event) => {
    if (event.target.id !== "desk") return;
    chosen = 0;
    show();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "desk-form") return;
    event.preventDefault();
    go();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "desk") return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const count = found(wordsOf(field().value)).length;
    if (step && count) {
      event.preventDefault();
      chosen = (chosen + step + count) % count;
      show();
    } else if (event.key === "Escape") {
      field().value = "";
      show();
    } else if (event.key === "z" && (event.ctrlKey || event.metaKey) && field().value === "") {
      const undo = document.querySelector("[data-last] button");
      if (undo) {
        event.preventDefault();
        act(undo);
      }
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#desk-search")) searchOthers();
    if (event.target.closest("[data-print]")) print();
  });
  document.addEventListener("daybook:shown", show);
  document.addEventListener("daybook:refused", (event) => mend(event.detail));
  document.addEventListener("daybook:answered", ({ detail: { source } }) => {
    if (source.closest("#desk-others")) field().value = "";
  });
  document.addEventListener("daybook:recorded", ({ detail: { button } }) => {
    if (button.closest(".visit")) button.closest("dialog")?.close();
    if (!field()) return;
    show();
    // What had the focus may be another button by now.
    if (matchMedia("(pointer: fine)").matches) field().focus();
  });
}
