// Finding a patient in a form, by name or record number. Neither stands in an address.
import { element } from "./html.js";
import { NoAnswer, facility, request } from "./requests.js";

const PAUSE = 200; // milliseconds
const FEWEST_LETTERS = 2;
let waiting = null;

async function find(input) {
  const text = input.value.trim();
  const place = input.closest("[data-find], [data-find-for]");
  const found = place.querySelector("[data-found]");
  const said = place.querySelector("[data-count]");
  if (text.length < FEWEST_LETTERS) {
    found.replaceChildren();
    said.textContent = "";
    return;
  }
  const json = /\d/.test(text) ? { mrn: text } : { name: text };
  const answer = await request(`/v1/facilities/${facility()}/patients/search`, { method: "POST", json });
  if (input.value.trim() !== text || !answer.ok) return;
  const { items } = await answer.json();
  said.textContent = items.length === 0 ? "Nobody is found." : `${items.length} found.`;
  found.replaceChildren(...items.map((each) => (place.dataset.find ? box(place, each) : step(place, each))));
}

const label = (row) => `${row.name} (${row.mrn})`;

function step(place, row) {
  const href = `${place.dataset.findFor}&patient_id=${encodeURIComponent(row.patient_id)}`;
  return element("li", {}, element("a", { href, "data-step": true }, label(row)));
}

function box(place, row) {
  const input = element("input", { type: "radio", name: place.dataset.find, value: row.patient_id });
  return element("label", {}, input, ` ${label(row)}`);
}

export function listen() {
  document.addEventListener("input", (event) => {
    const input = event.target.closest("[data-search]");
    if (!input) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      find(input).catch((error) => {
        if (!(error instanceof NoAnswer)) throw error;
      });
    }, PAUSE);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.closest("[data-search]")) event.preventDefault();
  });
}
