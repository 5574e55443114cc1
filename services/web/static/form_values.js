// The JSON that a form gives: its fields are called by the pointers of what they give.
import { instantAt } from "./times.js";

// What somebody typed cannot be read; `pointer` says where.
export class Unreadable extends Error {
  constructor(pointer, detail) {
    super(detail);
    this.pointer = pointer;
  }
}

export const fieldsOf = (form) =>
  [...form.elements].filter((each) => each.name?.startsWith("/") && each.type !== "button");

// What is left empty is left out, and so is what is not asked: it is disabled.
export function payloadOf(form) {
  const made = JSON.parse(form.dataset.given ?? "{}");
  for (const input of fieldsOf(form)) {
    if (input.matches(":disabled") || (input.type === "radio" && !input.checked)) continue;
    const value = valueOf(input);
    if (value !== undefined) put(form, made, input.name, value);
  }
  return dense(made);
}

// Rows of a list may have been taken out of its middle.
function dense(value) {
  if (Array.isArray(value)) return value.filter((each) => each !== undefined).map(dense);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, dense(each)]));
  }
  return value;
}

// The items of a list, one by one: checkboxes of one name.
class Item {
  constructor(value) {
    this.value = value;
  }
}

function valueOf(input) {
  const { type, empty } = input.dataset;
  const text = (input.value || otherwise(input)).trim();
  if (input.type === "checkbox" && type !== "item" && type !== "weekly") return input.checked;
  if (input.type === "checkbox") return input.checked ? new Item(text) : undefined;
  if (input.multiple) return [...input.selectedOptions].map((each) => each.value);
  if (text === "") return empty === "null" ? null : undefined;
  switch (type) {
    case "none-yet":
      return [];
    case "integer":
      if (!/^-?\d+$/.test(text)) throw new Unreadable(input.name, "give a whole number");
      return Number(text);
    case "number":
      if (Number.isNaN(Number(text))) throw new Unreadable(input.name, "give a number");
      return Number(text);
    case "boolean":
      return text === "true";
    case "lines":
      return text.split("\n").map((line) => line.trim()).filter(Boolean);
    case "json":
    case "several":
      return JSON.parse(text);
    case "slug":
      return slugOf(input);
    case "instant":
      return instantOf(input, text);
    case "clock":
      return instantOf(input, `${textOf(input.form, input.dataset.beside)}T${text}`);
    default:
      return text;
  }
}

function instantOf(input, local) {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(local)) throw new Unreadable(input.name, "give the day, too");
  const found = instantAt(local, document.body.dataset.zone);
  if (!found) throw new Unreadable(input.name, "the clocks skip this time on that day");
  return found;
}

const otherwise = (input) =>
  input.dataset.otherwise ? textOf(input.form, input.dataset.otherwise) : "";

// What is typed or chosen in the field of a pointer.
export function textOf(form, pointer) {
  const inputs = fieldsOf(form).filter((each) => each.name === pointer && !each.matches(":disabled"));
  if (inputs[0]?.type === "radio") return inputs.find((each) => each.checked)?.value ?? "";
  return inputs[0]?.value ?? "";
}

// A name in small letters, with what an address or an id can hold.
export function plainOf(name) {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40) || "new";
}

// An id made of a name: in small letters, and another one than those that are taken.
function slugOf(input) {
  const slug = plainOf(textOf(input.form, input.dataset.beside));
  const taken = input.dataset.taken.split(" ");
  for (let number = 1; ; number += 1) {
    const found = number === 1 ? slug : `${slug}-${number}`;
    if (!taken.includes(found)) return found;
  }
}

function put(form, made, pointer, value) {
  const steps = pointer.slice(1).split("/");
  const last = steps.pop();
  let place = made;
  steps.forEach((step, at) => {
    place[step] ??= isList(form, steps, at, steps[at + 1] ?? last) ? [] : {};
    place = place[step];
  });
  if (value instanceof Item) (place[last] ??= []).push(value.value);
  else if (isAlong(form, pointer)) Object.assign(place, value);
  else place[last] = value;
}

// Numbers count the items of a list, unless they name the lines of a sheet.
function isList(form, steps, at, next) {
  const pointer = `/${steps.slice(0, at + 1).join("/")}`;
  return /^\d+$/.test(next) && !form.querySelector(`[data-map="${CSS.escape(pointer)}"]`);
}

const isAlong = (form, pointer) =>
  fieldsOf(form).some((each) => each.name === pointer && each.dataset.type === "several");

// Days of the week make a rule of days.
export function withRules(form, payload) {
  for (const box of form.querySelectorAll('[data-type="weekly"]:enabled')) {
    const steps = box.name.slice(1).split("/");
    const last = steps.pop();
    const place = steps.reduce((found, step) => found?.[step], payload);
    if (Array.isArray(place?.[last])) place[last] = `FREQ=WEEKLY;BYDAY=${place[last].join(",")}`;
  }
  return payload;
}
