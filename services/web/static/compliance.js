// Compliance: a finding opens in its row, and j, k and Enter go through the rows.
import { refresh } from "./refresh.js";

const links = () => [...document.querySelectorAll("[data-keys] .opens")];

// Opens or closes a finding in its row: what is open stands in the address.
async function toggle(link) {
  const row = link.closest("tr").id;
  history.replaceState(null, "", link.href.split("#")[0]);
  await refresh();
  document.querySelector(`#${CSS.escape(row)} .opens`)?.focus();
}

function step(by) {
  const all = links();
  const at = all.findIndex((each) => each.closest("tr").contains(document.activeElement));
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
  next?.focus();
  next?.closest("tr").scrollIntoView({ block: "nearest" });
}

const isTyping = (target) => target.closest("input, textarea, select, dialog[open], [contenteditable]");

// An exception ends no earlier than it begins.
function keepOrder(form) {
  const { begin, end } = form.dataset;
  form.elements[end].min = form.elements[begin].value;
}

export function listen() {
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-begin]");
    if (form) keepOrder(form);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-keys] .opens");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    toggle(link);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
    if (event.key === "Escape") {
      const open = event.target.closest("tr.open, tr.more");
      const link = open && links().find((each) => each.getAttribute("aria-expanded") === "true");
      if (link) toggle(link);
    }
  });
}
