// Forms: sent once, with what is wrong said where it is wrong, and nothing lost that was typed.
import { UNKNOWN, announce, done, refuse, saving, showLast, undoOf } from "./acts.js";
import { findErrors, forgetErrors, showErrors } from "./form_errors.js";
import * as drafts from "./form_drafts.js";
import * as parts from "./form_parts.js";
import * as search from "./form_search.js";
import { Unreadable, payloadOf, plainOf, textOf, withRules } from "./form_values.js";
import { element, parse } from "./html.js";
import { refresh } from "./refresh.js";
import { NoAnswer, call, request, send } from "./requests.js";

const FORMS = "form[data-command], form[data-route]";
const SAID = "said";

async function submit(form, button) {
  if (button.hasAttribute("aria-busy")) return;
  forgetErrors(form);
  const errors = findErrors(form);
  if (errors.length) return showErrors(form, button, { errors });
  const label = saving(button);
  try {
    const payload = withRules(form, payloadOf(form));
    const { command, route, opens } = form.dataset;
    const where = opens && plainOf(textOf(form, opens));
    if (command) drafts.keep(form);
    const answer = route
      ? await call(route, payload)
      : await send(command, payload, { key: drafts.keyFor(form, payload), where });
    if (!answer.problem) return await recorded(form, answer, where);
    drafts.forgetKey(form);
    showErrors(form, button, answer.problem);
  } catch (error) {
    if (error instanceof Unreadable) {
      showErrors(form, button, { errors: [{ pointer: error.pointer, detail: error.message }] });
    } else if (error instanceof NoAnswer) refuse(button, { detail: UNKNOWN });
    else throw error;
  } finally {
    done(button, label);
  }
}

// What was recorded shows where the form was asked for, or where it leads: that page is waited for
// until it reflects what was recorded.
async function recorded(form, { position, result }, opened) {
  drafts.forget(form);
  const { said, then, undo } = form.dataset;
  const dialog = form.closest("dialog");
  if (then && (!dialog || then.includes("{result}"))) {
    const made = then.replace("{opened}", opened ?? "");
    const href = made.replace("{result}", encodeURIComponent(result?.result ?? ""));
    if (said) sessionStorage.setItem(SAID, said);
    await request(href, { headers: { "daybook-after": position ?? "0" } });
    return void location.assign(href);
  }
  if (dialog) dialog.close();
  else form.reset();
  if (said) showLast(said);
  announce(form, result);
  await refresh(position ?? "0");
  if (said && undo) showLast(said, undoOf(JSON.parse(undo)));
}

// Says what was recorded on the page before.
function sayRecorded() {
  const said = sessionStorage.getItem(SAID);
  sessionStorage.removeItem(SAID);
  if (said) showLast(said);
}

function ready() {
  for (const form of document.querySelectorAll(FORMS)) {
    const isMissing = form.querySelector("[data-missing]") !== null;
    form.querySelectorAll("[data-needs-script]").forEach((each) => (each.disabled = isMissing));
    drafts.restore(form);
    parts.showAsked(form);
  }
}

function changed(form) {
  parts.showAsked(form);
  drafts.keep(form);
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
  dialog.dataset.href = href;
  if (!dialog.open) dialog.showModal();
  document.dispatchEvent(new CustomEvent("daybook:shown"));
  const first = "input:not([type=hidden], :disabled), select:enabled, textarea:enabled, .found a, form .b";
  (dialog.querySelector("[autofocus]") ?? dialog.querySelector(first))?.focus();
}

export function listen() {
  document.addEventListener("submit", (event) => {
    const form = event.target.closest(FORMS);
    if (!form) return;
    event.preventDefault();
    submit(form, event.submitter ?? form.querySelector("button:not([type=button])"));
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest(FORMS);
    if (form) changed(form);
  });
  document.addEventListener("click", (event) => {
    const anew = event.target.closest("[data-anew]");
    if (anew) beginAnew(anew.closest("form"));
    const link = event.target.closest("a[data-dialog], dialog a[data-step]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openDialog(link.href).catch((error) => {
      if (!(error instanceof NoAnswer)) throw error;
    });
  });
  document.addEventListener("daybook:shown", ready);
  drafts.forgetOthers();
  parts.listen(changed);
  search.listen();
  ready();
  sayRecorded();
}

// The form as it was before anything was typed.
function beginAnew(form) {
  drafts.forget(form);
  const dialog = form.closest("dialog");
  if (dialog) openDialog(dialog.dataset.href);
  else location.reload();
}
