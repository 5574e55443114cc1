// Whether the server is reached, and what the page says while it is not.
import { CLOUD, element, icon } from "./html.js";

let since = null;
const again = new Set();

// What is done once the server is reached again.
export const onceBack = (act) => again.add(act);

export const isConnected = () => since === null;

export function lost() {
  since ??= new Date();
  show();
}

export function reached() {
  if (since === null) return;
  since = null;
  show();
  again.forEach((act) => act());
}

// Also called when a page was morphed: what the server sends knows nothing of the connection.
export function show() {
  const live = document.getElementById("live");
  const place = document.getElementById("connection");
  if (!live || !place) return;
  live.classList.toggle("off", since !== null);
  live.textContent = since ? "Not connected" : "Live";
  live.hidden = since === null && !document.body.dataset.live;
  if (since === null) return place.replaceChildren();
  if (place.firstChild) return;
  const zone = document.body.dataset.zone;
  const at = since.toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit", timeZone: zone });
  const button = element("button", { type: "button", class: "b small" }, "Try now");
  button.addEventListener("click", () => again.forEach((act) => act()));
  const said =
    " This page may be old, and nothing that you press is recorded until it is back.";
  place.append(
    element(
      "div",
      { class: "banner", role: "alert" },
      icon(CLOUD),
      element("p", {}, element("b", {}, `Not connected since ${at.toLowerCase()}.`), said),
      button,
    ),
  );
}
