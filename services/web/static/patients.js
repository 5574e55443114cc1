// Finding a patient as one types. What is typed is sent in a body: it says who somebody is.
import { parse } from "./html.js";
import { NoAnswer, request } from "./requests.js";

const PAUSE = 150; // milliseconds without a key
let waiting = null;
let asked = 0;

const field = () => document.getElementById("find-text");

async function find() {
  const text = field()?.value.trim() ?? "";
  const found = document.getElementById("found");
  const listed = document.getElementById("listed");
  if (!found || !listed) return;
  const mine = (asked += 1);
  const isSearch = text.length > 1;
  found.toggleAttribute("data-kept", isSearch);
  listed.hidden = isSearch;
  if (!isSearch) return found.replaceChildren();
  const answer = await request(document.getElementById("find").dataset.address, {
    method: "POST",
    json: { text },
  });
  if (mine !== asked) return; // somebody typed on
  const now = parse(await answer.text());
  const shown = now.getElementById("found-now") ?? now.getElementById("main");
  found.replaceChildren(document.adoptNode(shown));
  document.getElementById("found-count").textContent = shown.dataset.count ?? "";
}

const found = () =>
  find().catch((error) => {
    if (!(error instanceof NoAnswer)) throw error;
  });

export function listen() {
  document.addEventListener("input", (event) => {
    if (event.target !== field()) return;
    clearTimeout(waiting);
    waiting = setTimeout(found, PAUSE);
  });
  document.addEventListener("submit", async (event) => {
    if (event.target.id !== "find") return;
    event.preventDefault();
    clearTimeout(waiting);
    await found();
    document.querySelector("#found a")?.click();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    const records = document.getElementById("records");
    // What is chosen in the menu, and what is pressed beside it, closes it.
    if (records?.open && (event.target.closest("#records a") || !records.contains(event.target))) {
      records.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    const records = document.getElementById("records");
    if (event.key !== "Escape" || !records?.open) return;
    records.open = false;
    records.querySelector("summary").focus();
  });
  document.addEventListener("daybook:shown", () => {
    if (field()?.value.trim()) found();
  });
  if (field()?.value.trim()) found(); // a browser may keep it on the way back
}
