// What is wrong is said where it is wrong.
import { refuse, sentence } from "./acts.js";
import { WARNING, element, icon } from "./html.js";
import { fieldsOf } from "./form_values.js";

const MISSING = { text: "this is needed", choice: "choose one", box: "choose one at least" };

// Says of each field that is empty, and must not be, or that cannot be read, what is expected.
export function findErrors(form) {
  const found = new Map();
  for (const input of fieldsOf(form)) {
    if (!input.willValidate || input.validity.valid || found.has(input.name)) continue;
    found.set(input.name, { pointer: input.name, detail: expected(input), input });
  }
  for (const mark of form.querySelectorAll('.boxes > [data-type="none-yet"]:enabled')) {
    if (mark.parentElement.querySelector(":checked")) continue;
    const input = mark.parentElement.querySelector("[type=checkbox]");
    found.set(mark.name, { pointer: mark.name, detail: MISSING.box, input });
  }
  return [...found.values()];
}

function expected(input) {
  const { validity } = input;
  if (validity.valueMissing) {
    return input.type === "radio" || input.matches("select") ? MISSING.choice : MISSING.text;
  }
  if (validity.badInput && input.type === "number") return "give a number";
  if (validity.badInput) return "give it in full";
  return input.validationMessage;
}

export function showErrors(form, button, problem) {
  const errors = problem.errors ?? [];
  const placed = errors.filter((each) => showError(form, each));
  const others = errors.filter((each) => !placed.includes(each));
  if (!placed.length || others.length) {
    const details = others.map(({ pointer, detail }) => sentence(pointer ? `${words(pointer)}: ${detail}` : detail)).join(" ");
    refuse(button, { ...problem, detail: details || problem.detail });
  }
  form.querySelector("[aria-invalid]")?.focus();
}

// What a place is called that has no field of its own.
const words = (pointer) => pointer.slice(pointer.lastIndexOf("/") + 1).replaceAll("_", " ");

function showError(form, { pointer, detail, input = inputAt(form, pointer) }) {
  if (!input) return false;
  const field = input.closest("[data-field]") ?? input.parentElement;
  if (field.querySelector(":scope > .wrong")) return true;
  const id = `${input.id || input.name.replaceAll("/", "-")}-wrong`;
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-errormessage", id);
  const said = element("span", {}, sentence(detail === "Field required" ? MISSING.text : detail));
  field.append(element("span", { class: "wrong", id, role: "alert" }, icon(WARNING), said));
  return true;
}

// The field of a pointer, or the nearest one: of what is within it, around it or given along.
function inputAt(form, pointer) {
  if (!pointer) return null;
  const inputs = fieldsOf(form).filter((each) => each.type !== "hidden" && !each.matches(":disabled"));
  const covers = (each) => each.closest("[data-covers]")?.dataset.covers.split(" ").includes(pointer);
  return (
    inputs.find((each) => each.name === pointer) ??
    inputs.find(covers) ??
    inputs.find((each) => each.name.startsWith(`${pointer}/`)) ??
    inputs.find((each) => pointer.startsWith(`${each.name}/`))
  );
}

export function forgetErrors(form) {
  form.querySelectorAll(".wrong, [data-refusal]").forEach((each) => each.remove());
  for (const input of form.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-errormessage");
  }
}
