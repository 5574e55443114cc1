// Drafts: what was typed is kept in the tab until it is recorded, or somebody signs out.
import { element } from "./html.js";
import { showAsked, showRows } from "./form_parts.js";
import { fieldsOf } from "./form_values.js";
import { randomKey } from "./requests.js";

const PREFIX = "draft ";

// A draft is of who typed it.
const own = () => `${PREFIX}${document.body.dataset.account ?? ""} `;

const nameOf = (form) => own() + (form.dataset.draft || form.id || form.dataset.command);

const read = (form) => JSON.parse(sessionStorage.getItem(nameOf(form)) ?? "null");

export function keep(form) {
  form.setAttribute("data-dirty", "");
  const fields = fieldsOf(form).filter((each) => each.type !== "password");
  const values = fields.map((each) => [each.name, each.value, isBox(each) ? each.checked : null]);
  sessionStorage.setItem(nameOf(form), JSON.stringify({ ...read(form), values }));
}

const isBox = (input) => input.type === "checkbox" || input.type === "radio";

// The key under which a payload is sent: the same one until it is answered, also after a reload.
export function keyFor(form, payload) {
  const known = read(form) ?? {};
  const sent = JSON.stringify(payload);
  if (known.sent !== sent) {
    const key = randomKey();
    sessionStorage.setItem(nameOf(form), JSON.stringify({ ...known, sent, key }));
    return key;
  }
  return known.key;
}

export function forgetKey(form) {
  const { values } = read(form) ?? {};
  if (values) sessionStorage.setItem(nameOf(form), JSON.stringify({ values }));
}

export function restore(form) {
  const kept = read(form)?.values;
  if (!kept || form.hasAttribute("data-dirty")) return;
  showRows(form, kept.map(([name]) => name));
  const left = [...kept];
  for (const input of fieldsOf(form)) {
    const at = left.findIndex(([name, value]) => name === input.name && (!isBox(input) || value === input.value));
    if (at < 0) continue;
    const [[, value, checked]] = left.splice(at, 1);
    if (isBox(input)) input.checked = checked;
    else input.value = value;
  }
  form.setAttribute("data-dirty", "");
  showAsked(form);
  const anew = element("button", { type: "button", class: "b small", "data-anew": true }, "Begin anew");
  const said = element("p", {}, "What you typed earlier is here again.");
  form.prepend(element("div", { class: "banner", role: "status", "data-restored": true }, said, anew));
}

export function forget(form) {
  form.removeAttribute("data-dirty");
  form.querySelector("[data-restored]")?.remove();
  sessionStorage.removeItem(nameOf(form));
}

// Drops what somebody else typed who was signed in in this tab.
export function forgetOthers() {
  if (!document.body.dataset.account) return;
  for (const name of Object.keys(sessionStorage)) {
    if (name.startsWith(PREFIX) && !name.startsWith(own())) sessionStorage.removeItem(name);
  }
}
