// The kiosk: a code, and two buttons. It is told no name, and keeps what is pressed offline.
import { CHECK, CLOUD, WARNING, icon, scriptUrl } from "./html.js";
import { fromBase64, seal, toBase64 } from "./kiosk_sealing.js";
import * as queue from "./kiosk_queue.js";
import "./kiosk_set_up.js";

const DIGITS = 6;
const CODE_FORGOTTEN_AFTER = 20_000; // milliseconds
const ANSWER_GOES_AFTER = 4; // seconds
const STANDING_EVERY = 60_000;
const AGAIN_EVERY = 5_000; // while the server is not reached
const LOCALES = { en: "en-US", es: "es-US" };

const { facility, zone, key, texts: said, worker } = document.body.dataset;
const texts = JSON.parse(said);
const place = (id) => document.getElementById(id);
let language = "en";
let code = "";
let busy = false;
let lost = false;
let waiting = 0;
let locked = 0; // until when no code is taken
let forgetting;
let going;
let following;

// What is filled in may end a sentence with a period of its own: p.m.
const text = (name, facts = {}) =>
  texts[language][name].replace(/\{(\w+)\}/g, (_, fact) => facts[fact]).replace("..", ".");

const clock = (at) => {
  const written = new Intl.DateTimeFormat(LOCALES[language], {
    timeZone: zone, hour: "numeric", minute: "2-digit",
  }).format(at);
  return language === "en" ? written.replace(/\s/g, " ").toLowerCase() : written;
};

// What the page shows

function speak(to) {
  language = to;
  document.documentElement.lang = to;
  for (const each of document.querySelectorAll("[data-text]")) each.textContent = text(each.dataset.text);
  for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", text(each.dataset.label));
  const other = to === "en" ? "es" : "en";
  place("language").lang = other;
  place("language-name").textContent = { en: "English", es: "Español" }[other];
  showTime();
  showCode();
  showConnection();
}

function showTime() {
  const now = new Date();
  const day = new Intl.DateTimeFormat(LOCALES[language], { timeZone: zone, weekday: "long" }).format(now);
  place("now").textContent = `${day.charAt(0).toUpperCase()}${day.slice(1)}, ${clock(now)}`;
}

function showCode() {
  const boxes = place("code").children;
  for (let number = 0; number < DIGITS; number += 1) {
    boxes[number].textContent = number < code.length ? "•" : "";
    boxes[number].className = number === code.length ? "at" : "";
  }
  place("code").setAttribute("aria-label", text("entered", { count: code.length }));
}

function showConnection() {
  const parts = [];
  if (lost) parts.push(icon(CLOUD), `${text("offline")} `);
  if (waiting) parts.push(text(waiting === 1 ? "waits" : "wait", { count: waiting }));
  place("connection").replaceChildren(...parts);
}

async function count() {
  waiting = (await queue.kept()).length;
  showConnection();
}

// Shows what became of a press, for a moment. `mood` is good, kept or bad.
function show(mood, title, lead) {
  place("sign").className = `sign ${mood}`;
  place("sign").replaceChildren(icon({ good: CHECK, kept: CLOUD, bad: WARNING }[mood]));
  place("answer-title").textContent = title;
  place("answer-lead").textContent = lead;
  place("ask").hidden = place("hint").hidden = true;
  place("answer").hidden = place("goes").hidden = false;
  place("next").focus();
  let left = ANSWER_GOES_AFTER;
  const tell = () => (place("goes").textContent = text(left === 1 ? "goes_one" : "goes", { count: left }));
  tell();
  clearInterval(going);
  going = setInterval(() => {
    left -= 1;
    if (left <= 0) begin();
    else tell();
  }, 1000);
}

// For the next person: in English, and with nothing of the last one.
function begin() {
  clearInterval(going);
  code = "";
  place("answer").hidden = place("goes").hidden = true;
  place("ask").hidden = place("hint").hidden = false;
  place("answer-title").textContent = place("answer-lead").textContent = place("missing").textContent = "";
  speak("en");
}

// The code

function typed(changed) {
  if (busy || !place("answer").hidden) return;
  code = changed.slice(0, DIGITS);
  place("missing").textContent = "";
  showCode();
  clearTimeout(forgetting);
  forgetting = setTimeout(() => busy || begin(), CODE_FORGOTTEN_AFTER);
}

async function pressed(what, button) {
  if (busy || !place("answer").hidden) return;
  if (code.length < DIGITS) return void (place("missing").textContent = text("short"));
  busy = true;
  button.setAttribute("aria-busy", "true");
  button.textContent = text("saving");
  try {
    await tried(what, code);
  } finally {
    code = "";
    busy = false;
    button.removeAttribute("aria-busy");
    button.textContent = text(button.dataset.text);
    clearTimeout(forgetting);
  }
}

async function tried(what, typedCode) {
  if (Date.now() < locked) return show("bad", text("locked_title"), text("locked"));
  const at = Date.now();
  const press_id = randomId();
  const info = ["daybook kiosk 1", facility, press_id, what].join("\x1f");
  const sealed = toBase64(await seal(fromBase64(key), info, typedCode));
  const press = await queue.add({ press_id, said: what, sealed, at });
  let answer = null;
  try {
    if (!lost) {
      if (waiting) await queue.sendKept(count); // what was said before counts before
      answer = await queue.send(press);
    }
  } catch {
    isLost(true);
  }
  if (answer === null) {
    await queue.keep(press);
    await count();
    followIn(AGAIN_EVERY);
    return show("kept", text("kept_title", { time: clock(at) }), text("kept"));
  }
  await queue.remove(press);
  told(answer);
}

function told({ outcome, at, before, seconds }) {
  const time = at && clock(new Date(at));
  switch (outcome) {
    case "in":
      return show("good", text(before ? "in_before" : "in", { time }), text("seat"));
    case "out":
      return show("good", text(before ? "out_before" : "out", { time }), text("bye"));
    case "unknown":
      return show("bad", text("unknown_title"), text("unknown"));
    case "locked":
      locked = Date.now() + seconds * 1000;
      return show("bad", text("locked_title"), text("locked"));
    case "unset":
      return location.replace("/kiosk");
    default:
      return show("bad", text("desk_title"), text("desk"));
  }
}

function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (each) => each.toString(16).padStart(2, "0")).join("");
}

// The connection

function isLost(now) {
  lost = now;
  showConnection();
}

async function stand() {
  try {
    const answer = await queue.post("/kiosk/standing", { waiting });
    if (answer.status === 401) return location.replace("/kiosk");
    if (!answer.ok) throw new Error();
    isLost(false);
    if (!waiting || busy) return;
    const ended = await queue.sendKept(count);
    await count();
    if (ended === "unset") return location.replace("/kiosk");
    await queue.post("/kiosk/standing", { waiting });
  } catch {
    isLost(true);
  }
}

async function follow() {
  await stand();
  followIn(lost || waiting ? AGAIN_EVERY : STANDING_EVERY);
}

function followIn(time) {
  clearTimeout(following);
  following = setTimeout(follow, time);
}

async function keepPage() {
  if (!navigator.serviceWorker) return;
  const known = await navigator.serviceWorker.register(scriptUrl(worker), { scope: "/kiosk", type: "module" });
  const wasControlled = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (wasControlled && !code && !busy) location.reload(); // Daybook is a newer one
  });
  setInterval(() => known.update().catch(() => null), 60 * STANDING_EVERY);
}

function listen() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.digit) typed(code + button.dataset.digit);
    else if (button.dataset.said) pressed(button.dataset.said, button);
    else if (button.id === "clear") typed("");
    else if (button.id === "delete") typed(code.slice(0, -1));
    else if (button.id === "next") begin();
    else if (button.id === "language") speak(language === "en" ? "es" : "en");
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[0-9]$/.test(event.key)) typed(code + event.key);
    else if (event.key === "Backspace") typed(code.slice(0, -1));
    else if (event.key === "Escape") place("answer").hidden ? typed("") : begin();
    else if (event.key === "Enter" && event.target === document.body) pressed("here", place("here"));
  });
  addEventListener("online", () => stand());
  addEventListener("offline", () => isLost(true));
}

async function start() {
  if (!crypto.subtle) return void (place("insecure").hidden = false);
  listen();
  speak("en");
  setInterval(showTime, 1000);
  await queue.keepAll();
  await count(); // before anything is asked of the server
  isLost(!navigator.onLine);
  document.body.dataset.ready = "true";
  keepPage().catch(() => null);
  follow();
}

if (key) start();
