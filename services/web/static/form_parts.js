// Parts of a form: what is asked only with some answers, and rows that can be added and removed.
import { textOf } from "./form_values.js";

// Shows what the answers so far ask for. What is not asked is disabled: it is not sent.
export function showAsked(form) {
  for (const part of form.querySelectorAll("[data-only-if]")) {
    const { onlyIf, values } = part.dataset;
    const text = textOf(form, onlyIf);
    const isAsked = values.split("|").includes(text);
    part.hidden = !isAsked;
    if ("disabled" in part) part.disabled = !isAsked;
    else part.querySelectorAll("input, select, textarea").forEach((each) => (each.disabled = !isAsked));
  }
}

// Adds rows until there are those of which some fields have these names.
export function showRows(form, names) {
  for (const list of form.querySelectorAll("[data-list]")) {
    const start = `${list.dataset.list}/`;
    const numbers = names
      .filter((each) => each.startsWith(start))
      .map((each) => Number(each.slice(start.length).split("/")[0]));
    const wanted = Math.max(-1, ...numbers) + 1;
    while (rowsOf(list).length > wanted) rowsOf(list).at(-1).remove();
    while (rowsOf(list).length < wanted) addRow(list);
  }
}

const rowsOf = (list) => [...list.querySelectorAll(":scope > [data-rows] > [data-row]")];

function addRow(list) {
  const made = list.querySelector("template").content.cloneNode(true).firstElementChild;
  list.querySelector("[data-rows]").append(made);
  number(list);
  return made;
}

// Names the fields of each row by its number.
function number(list) {
  const pointer = list.dataset.list;
  const dashed = pointer.replaceAll("/", "-");
  rowsOf(list).forEach((row, at) => {
    const label = row.getAttribute("aria-label").replace(/ \d*$/, "");
    row.setAttribute("aria-label", `${label} ${at + 1}`);
    for (const node of row.querySelectorAll("*")) {
      for (const attribute of node.attributes) {
        const { value } = attribute;
        for (const [start, separator] of [[pointer, "/"], [dashed, "-"]]) {
          const from = value.indexOf(`${start}${separator}`);
          if (from < 0 || attribute.name === "value") continue;
          const rest = value.slice(from + start.length + 1);
          const changed = rest.replace(/^(#|\d+)(?=[/-])/, String(at));
          attribute.value = value.slice(0, from + start.length + 1) + changed;
        }
      }
    }
  });
}

const FIELD = "input:not([type=hidden]), select, textarea";

export function listen(changed) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add], [data-remove]");
    const list = button?.closest("[data-list]");
    if (!list) return;
    if (button.hasAttribute("data-add")) addRow(list).querySelector(FIELD)?.focus();
    else {
      button.closest("[data-row]").remove();
      number(list);
      list.querySelector("[data-add]").focus();
    }
    changed(list.closest("form"));
  });
}
