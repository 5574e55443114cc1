// A clinic's folder: chosen or dropped, checked, and then taken in. The files stay as they are on
// the computer: they are read anew each time.
import { UNKNOWN, done, forgetRefusal, refuse, saving, sentence } from "./acts.js";
import { CHECK, WARNING, element, icon } from "./html.js";
import { refresh } from "./refresh.js";
import { NoAnswer, call, facility } from "./requests.js";

const PATIENCE = 300_000; // milliseconds: of a large folder all is decided anew
const MOST_SHOWN = 200;

class Changed extends Error {}

let chosen = new Map(); // name -> File

export function listen() {
  const place = document.getElementById("import");
  if (!place) return;
  const names = new Set(JSON.parse(place.dataset.files));
  const take = (files) => choose(place, names, [...files]);
  for (const id of ["choose-folder", "choose-files"]) {
    const input = document.getElementById(id);
    input.addEventListener("change", () => {
      if (input.files.length) take(input.files);
      input.value = ""; // the same folder can be chosen again once a file has been mended
    });
  }
  const drop = document.getElementById("drop");
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(await dropped(event.dataTransfer));
  });
  document.getElementById("skip-invalid").addEventListener("change", forget);
  document.getElementById("check-files").addEventListener("click", (event) => check(event.currentTarget));
  document.getElementById("take-files").addEventListener("click", (event) => takeIn(event.currentTarget));
}

async function dropped(transfer) {
  const entries = [...transfer.items].map((each) => each.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  return (await Promise.all(entries.map(filesOf))).flat();
}

async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((found, failed) => entry.file(found, failed))];
  const reader = entry.createReader();
  const files = [];
  for (;;) {
    const some = await new Promise((found, failed) => reader.readEntries(found, failed));
    if (!some.length) return files;
    for (const each of some.filter(({ isFile }) => isFile)) files.push(...(await filesOf(each)));
  }
}

function choose(place, names, files) {
  const theirs = files.filter(({ name }) => names.has(name));
  chosen = new Map(theirs.map((each) => [each.name, each]));
  const size = theirs.reduce((sum, each) => sum + each.size, 0);
  const others = files.length - theirs.length;
  const parts = [element("b", {}, `${chosen.size} of ${names.size} files.`)];
  if (others) parts.push(` ${others} other ${others === 1 ? "file is" : "files are"} left out.`);
  const missing = [...names].filter((name) => !chosen.has(name) && name !== "episodes.csv");
  if (missing.length) parts.push(` Not there: ${missing.join(", ")}.`);
  const tooLarge = size > Number(place.dataset.largest);
  if (tooLarge) parts.push(" They are too large to be sent at once: take them in at the machine, with daybook import.");
  document.getElementById("chosen").replaceChildren(element("p", {}, ...parts));
  document.getElementById("check-files").disabled = !chosen.size || tooLarge;
  forget();
}

// What was checked is not what is chosen now.
function forget() {
  document.getElementById("take-files").disabled = true;
  for (const id of ["checked", "taken"]) document.getElementById(id).replaceChildren();
}

async function check(button) {
  forget();
  const found = await sent(button, true);
  if (!found) return;
  show("checked", found);
  document.getElementById("take-files").disabled = !(found.accepted && found.events);
}

async function takeIn(button) {
  document.getElementById("taken").replaceChildren();
  const found = await sent(button, false);
  if (!found) return;
  show("taken", found);
  button.disabled = true;
  if (!facility()) document.getElementById("taken").append(element("a", { class: "b", href: "/" }, "Open Daybook"));
  refresh();
}

// Sends the files; returns what came of it, or says beside the button why nothing did.
async function sent(button, dryRun) {
  if (button.hasAttribute("aria-busy")) return null;
  const label = saving(button, dryRun ? "Checking" : "Saving");
  forgetRefusal(button);
  try {
    const files = Object.fromEntries(await Promise.all([...chosen].map(inBase64)));
    const answer = await call("POST /v1/imports", { files, dry_run: dryRun, skip_invalid: leavesOut() }, PATIENCE);
    if (!answer.problem) return answer.result;
    refuse(button, answer.problem);
  } catch (error) {
    if (error instanceof Changed) refuse(button, { detail: `${error.message} has changed meanwhile: choose the folder again` });
    else if (error instanceof NoAnswer) refuse(button, { detail: UNKNOWN });
    else throw error;
  } finally {
    done(button, label);
  }
  return null;
}

const leavesOut = () => document.getElementById("skip-invalid").checked;

async function inBase64([name, file]) {
  let url;
  try {
    url = await new Promise((found, failed) => {
      const reader = new FileReader();
      reader.onload = () => found(reader.result);
      reader.onerror = () => failed(reader.error);
      reader.readAsDataURL(file);
    });
  } catch {
    throw new Changed(name);
  }
  return [name, url.slice(url.indexOf(",") + 1)];
}

function show(id, found) {
  const { accepted, result, faults, fault_count: count, notes, events, dry_run: dryRun } = found;
  const parts = [];
  const left = `${count} ${count === 1 ? "row is" : "rows are"} left out`;
  if (!accepted) parts.push(verdict("brick", WARNING, result));
  else if (count) parts.push(verdict("amber", WARNING, `${left}. ${events ? result : "All others are recorded already."}`));
  else if (!events) parts.push(verdict("pine", CHECK, "Everything in these files is recorded already."));
  else parts.push(verdict("pine", CHECK, dryRun ? `No fault. ${result}` : result));
  for (const [file, its] of byFile(faults.slice(0, MOST_SHOWN))) parts.push(tableOf(file, its));
  const more = count - Math.min(faults.length, MOST_SHOWN);
  if (more > 0) parts.push(element("p", {}, `And ${more} more. Mend these first.`));
  if (notes.length) {
    const listed = notes.map((each) => element("li", {}, plainly(each)));
    parts.push(element("h3", {}, "Notes"), element("ul", { class: "import-notes" }, ...listed));
  }
  const place = document.getElementById(id);
  place.replaceChildren(...parts);
  place.querySelector("[role=alert], [role=status]")?.focus();
}

// A sentence, but for one that begins with the name of a file or a column.
const plainly = (text) => (/^[a-z]+[ ,]/.test(text) ? sentence(text) : text);

function verdict(color, lines, text) {
  const role = color === "brick" ? "alert" : "status";
  return element("p", { class: `verdict ${color}`, role, tabindex: "-1" }, icon(lines), element("b", {}, text));
}

function byFile(faults) {
  const files = new Map();
  for (const each of faults) files.set(each.file, [...(files.get(each.file) ?? []), each]);
  return files;
}

function tableOf(file, faults) {
  const head = ["Line", "Column", "What is wrong"].map((each) => element("th", { scope: "col" }, each));
  const rows = faults.map(({ line, column, problem }) =>
    element(
      "tr",
      {},
      element("td", { "data-name": "Line" }, String(line)),
      element("td", { "data-name": "Column" }, column || "the whole row"),
      element("td", {}, plainly(problem)),
    ),
  );
  return element(
    "table",
    { class: "table faults" },
    element("caption", {}, `${file}: ${faults.length} ${faults.length === 1 ? "fault" : "faults"}`),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...rows),
  );
}
