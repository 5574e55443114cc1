// Forms: their fields are called by the JSON pointers of what they give. What is wrong is said
// where it is wrong, and what is typed is kept until it is recorded.
import { UNKNOWN, announce, done, refuse, saving, sentence, showLast } from "./acts.js";
import { WARNING, element, icon, parse } from "./html.js";
import { refresh } from "./refresh.js";
import { NoAnswer, call, request, send } from "./requests.js";
import { instantAt } from "./times.js";

class Unreadable extends Error {
  constructor(pointer, detail) {
    super(detail);
    this.pointer = pointer;
  }
}

// The JSON that a form gives. What is left empty is left out.
export function payloadOf(form) {
  const made = JSON.parse(form.dataset.given ?? "{}");
  for (const input of form.elements) {
    if (!input.name?.startsWith("/") || input.disabled || input.closest("template")) continue;
    if ((input.type === "radio" && !input.checked) || input.type === "button") continue;
    const value = valueOf(input);
    if (value !== undefined) put(made, input.name.slice(1).split("/"), value);
  }
  return made;
}

function valueOf(input) {
  const text = input.value.trim();
  if (input.type === "checkbox") {
    if (input.dataset.type !== "item") return input.checked;
    return input.checked ? { item: text } : undefined;
  }
  if (input.multiple) return [...input.selectedOptions].map((each) => each.value);
  if (text === "") return input.dataset.empty === "null" ? null : undefined;
  switch (input.dataset.type) {
    case "integer":
      if (!/^-?\d+$/.test(text)) throw new Unreadable(input.name, "this has to be a whole number");
      return Number(text);
    case "boolean":
      return text === "true";
    case "lines":
      return text.split("\n").map((line) => line.trim()).filter(Boolean);
    case "json":
      return JSON.parse(text);
    case "instant": {
      const found = instantAt(text, document.body.dataset.zone);
      if (!found) throw new Unreadable(input.name, "the clocks skip this time on that day");
      return found;
    }
    default:
      return text;
  }
}

function put(made, steps, value) {
  let place = made;
  steps.slice(0, -1).forEach((step, at) => {
    place[step] ??= /^\d+$/.test(steps[at + 1]) ? [] : {};
    place = place[step];
  });
  const last = steps.at(-1);
  // Checkboxes of one name are the items of a list.
  if (value?.item !== undefined) (place[last] ??= []).push(value.item);
  else place[last] = value;
}

async function submit(form, button) {
  if (button.hasAttribute("aria-busy")) return;
  forgetErrors(form);
  const label = saving(button);
  try {
    const payload = dense(payloadOf(form));
    const { command, route, said, then } = form.dataset;
    const answer = route ? await call(route, payload) : await send(command, payload);
    if (answer.problem) return showErrors(form, button, answer.problem);
    forgetDraft(form);
    if (then) return void location.assign(then);
    const dialog = form.closest("dialog");
    if (dialog) dialog.close();
    else form.reset();
    if (said) showLast(said);
    announce(form, answer.result);
    await refresh(answer.position ?? "0");
  } catch (error) {
    if (error instanceof Unreadable) {
      showErrors(form, button, { errors: [{ pointer: error.pointer, detail: error.message }] });
    } else if (error instanceof NoAnswer) refuse(button, { detail: UNKNOWN });
    else throw error;
  } finally {
    done(button, label);
  }
}

// Rows of a list may have been taken out of its middle.
function dense(value) {
  if (Array.isArray(value)) return value.filter((each) => each !== undefined).map(dense);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, dense(each)]));
  }
  return value;
}

function showErrors(form, button, problem) {
  const placed = (problem.errors ?? []).filter((each) => showError(form, each));
  const others = (problem.errors ?? []).filter((each) => !placed.includes(each));
  if (!placed.length || others.length) {
    const details = others.map((each) => sentence(each.detail)).join(" ");
    refuse(button, { ...problem, detail: details || problem.detail });
  }
  form.querySelector("[aria-invalid]")?.focus();
}

function showError(form, { pointer, detail }) {
  const inputs = [...form.elements].filter((each) => each.name?.startsWith("/"));
  const input =
    inputs.find((each) => each.name === pointer) ??
    inputs.find((each) => pointer && (each.name.startsWith(`${pointer}/`) || pointer.startsWith(`${each.name}/`)));
  if (!input) return false;
  const field = input.closest("[data-field]") ?? input.parentElement;
  const id = `${input.id || input.name.replaceAll("/", "-")}-wrong`;
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-errormessage", id);
  field.append(element("span", { class: "wrong", id, role: "alert" }, icon(WARNING), sentence(detail)));
  return true;
}

function forgetErrors(form) {
  form.querySelectorAll(".wrong, [data-refusal]").forEach((each) => each.remove());
  for (const input of form.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-errormessage");
  }
}

// Drafts: kept in the tab until what was typed is recorded, or somebody signs out.

const draftName = (form) => `draft ${form.dataset.draft ?? form.id ?? form.dataset.command}`;

function keepDraft(form) {
  form.setAttribute("data-dirty", "");
  const fields = [...form.elements].filter((each) => each.name?.startsWith("/") && each.type !== "password");
  const kept = fields.map((each) => [each.name, each.type === "checkbox" || each.type === "radio" ? [each.value, each.checked] : each.value]);
  sessionStorage.setItem(draftName(form), JSON.stringify(kept));
}

function restoreDraft(form) {
  const kept = sessionStorage.getItem(draftName(form));
  if (!kept) return;
  for (const [name, value] of JSON.parse(kept)) {
    const inputs = [...form.elements].filter((each) => each.name === name);
    for (const input of inputs) {
      if (!Array.isArray(value)) input.value = value;
      else if (input.value === value[0]) input.checked = value[1];
    }
  }
  form.setAttribute("data-dirty", "");
  form.dispatchEvent(new CustomEvent("daybook:restored", { bubbles: true }));
}

function forgetDraft(form) {
  form.removeAttribute("data-dirty");
  sessionStorage.removeItem(draftName(form));
}

// Dialogs: a page with a form, shown over the page that it was asked for from.

export async function openDialog(href) {
  const dialog = document.getElementById("dialog");
  const answer = await request(href);
  const found = parse(await answer.text());
  const main = found.getElementById("main");
  if (!main) return location.assign(href);
  const title = main.querySelector("h1");
  if (title) title.id = "dialog-title";
  main.querySelectorAll("noscript, #connection, [data-page-only]").forEach((each) => each.remove());
  const close = element("button", { type: "button", class: "b quiet icon", "aria-label": "Close" }, "×");
  close.addEventListener("click", () => dialog.close());
  dialog.replaceChildren(
    element("header", {}, ...(title ? [title] : []), close),
    ...[...main.childNodes].map((each) => document.adoptNode(each)),
  );
  dialog.querySelectorAll("form").forEach(restoreDraft);
  dialog.showModal();
  (dialog.querySelector("[autofocus]") ?? dialog.querySelector("input:not([type=hidden]), select, textarea, form .b"))?.focus();
  document.dispatchEvent(new CustomEvent("daybook:shown"));
}

export function listen() {
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-command], form[data-route]");
    if (!form) return;
    event.preventDefault();
    submit(form, event.submitter ?? form.querySelector("button:not([type=button])"));
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-command], form[data-route]");
    if (form) keepDraft(form);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openDialog(link.href).catch((error) => {
      if (!(error instanceof NoAnswer)) throw error;
    });
  });
  document.querySelectorAll("form[data-command], form[data-route]").forEach(restoreDraft);
}
