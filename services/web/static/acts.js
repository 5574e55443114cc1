// Acts: a button that sends a command. *Saving* shows at once, then the page as it is after it;
// the last act can be taken back.
import { CHECK, WARNING, element, icon } from "./html.js";
import { refresh } from "./refresh.js";
import { NoAnswer, call, send } from "./requests.js";

export const UNKNOWN =
  "No answer came. Press again: it is recorded once, also if it has been already.";

// Sends a button's command, and those that `data-next` says, one after the other.
export async function act(button) {
  if (button.hasAttribute("aria-busy")) return false;
  const { said, undo } = button.dataset;
  const label = saving(button);
  forgetRefusal(button);
  let position = "0";
  let result = null;
  try {
    for (const step of stepsOf(button)) {
      const answer = await step();
      if (answer.problem) {
        refuse(button, answer.problem);
        if (position !== "0") await refresh(position); // what went before is recorded
        return false;
      }
      position = answer.position ?? position;
      result = answer.result;
    }
    if (said) showLast(said);
    announce(button, result);
    await refresh(position);
    if (said && undo) showLast(said, undoOf(JSON.parse(undo)));
    document.dispatchEvent(new CustomEvent("daybook:recorded", { detail: { button } }));
    button.closest("[data-refusal]")?.remove(); // it was the refusal's repair
    return true;
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    refuse(button, { detail: UNKNOWN, isUnknown: true });
    return false;
  } finally {
    done(button, label);
  }
}

// Tells whoever listens what the server answered to a button or a form.
export function announce(source, result) {
  document.dispatchEvent(new CustomEvent("daybook:answered", { detail: { source, result } }));
}

function stepsOf(button) {
  const { command, payload, route, next } = button.dataset;
  const given = payload === undefined ? undefined : JSON.parse(payload);
  if (route) return [() => call(route, given)];
  const steps = [{ command, payload: given ?? {} }, ...JSON.parse(next ?? "[]")];
  return steps.map((step) => () => send(step.command, step.payload));
}

// What takes an act back: itself, or that of a button which the page has since (`like`).
export function undoOf(undo) {
  if (!undo.like) return undo;
  const button = document.getElementById(undo.like.replace("#", ""));
  if (!button) return undefined;
  const { command, payload, next, said } = button.dataset;
  return { command, payload: JSON.parse(payload), next: JSON.parse(next ?? "[]"), said };
}

// Shows that a button's act is under way; returns what it showed before.
export function saving(button, says = "Saving") {
  const label = [...button.childNodes];
  button.setAttribute("aria-busy", "true");
  button.replaceChildren(element("span", { class: "spin" }), says);
  return label;
}

export function done(button, label) {
  if (!button.hasAttribute("aria-busy")) return; // the page has another one by now
  button.removeAttribute("aria-busy");
  button.replaceChildren(...label);
}

let refusals = 0;

// Says beside a button why its act was refused. `detail` is a sentence for an office manager. What
// is said has an id, so that it is not taken for what the server shows in its place.
export function refuse(button, problem) {
  forgetRefusal(button);
  const text = sentence(problem.detail ?? problem.title ?? "This was refused");
  const alert = element(
    "div",
    { id: `refusal-${++refusals}`, class: "refusal", role: "alert", "data-kept": true },
    icon(WARNING),
    element("span", {}, text),
  );
  const row = button.closest("form, [data-beside], tr");
  if (row?.matches("tr")) {
    const cell = element("td", { colspan: "9" }, alert);
    const about = { "data-of": row.id || null, "data-was": problem.isUnknown && row.dataset.state };
    row.after(element("tr", { id: `why-${refusals}`, class: "why", ...about, "data-kept": true, "data-refusal": true }, cell));
  } else {
    const place = button.closest(".do") ?? button;
    alert.setAttribute("data-refusal", "");
    place.after(alert);
  }
  document.dispatchEvent(new CustomEvent("daybook:refused", { detail: { button, problem, alert } }));
}

// A refusal goes where its row went. Where it was not known whether something was recorded, the row
// says so by now.
function follow() {
  for (const why of document.querySelectorAll("tr.why[data-of]")) {
    const row = document.getElementById(why.dataset.of);
    if (!row || (why.dataset.was && why.dataset.was !== row.dataset.state)) why.remove();
    else if (row.nextElementSibling !== why) row.after(why);
  }
}

export function forgetRefusal(button) {
  const near = button.closest("tr, li, section, form, dialog, main");
  // That whose repair the button is stays until it is mended.
  near?.querySelectorAll("[data-refusal]").forEach((each) => each.contains(button) || each.remove());
  const after = button.closest("tr")?.nextElementSibling;
  if (after?.matches("[data-refusal]")) after.remove();
}

// Says what was recorded last, with the button that takes it back.
export function showLast(said, undo) {
  const place = document.querySelector("[data-last]") ?? document.getElementById("last");
  if (!place) return;
  const parts = [icon(CHECK), element("span", {}, said)];
  if (undo) {
    parts.push(
      element(
        "button",
        {
          type: "button",
          class: "b small quiet",
          "data-command": undo.command,
          "data-payload": JSON.stringify(undo.payload),
          "data-next": undo.next?.length ? JSON.stringify(undo.next) : null,
          "data-said": undo.said ?? "Undone",
        },
        "Undo",
      ),
    );
  }
  place.replaceChildren(...parts);
  place.hidden = false;
}

export const sentence = (text) => {
  const said = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!]$/.test(said) ? said : `${said}.`;
};

export function listen() {
  document.addEventListener("daybook:shown", follow);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-command], button[data-route]");
    // The second click of a double click may hit what has taken the place of the first.
    if (button && button.type === "button" && event.detail < 2) act(button);
  });
}
