// Operations: a page that looks again by itself, secrets that are shown once, and forms of roles.
import { element, parse } from "./html.js";
import { refresh } from "./refresh.js";

const OF_STAFF = new Set(["front-desk", "counselor", "director", "compliance", "biller"]);

const SECRETS = {
  url: {
    title: "The calendar's address",
    says: "It is shown this once. Enter it in a calendar program as a calendar to subscribe to: whoever knows it reads when this person is expected.",
  },
  password: {
    title: "The first password",
    says: "It is shown this once. Give it to nobody but its owner, who chooses another one when they first sign in.",
  },
  token: {
    title: "The token",
    says: "It is shown this once. Enter it in the program on the tablet: whoever has it can do what it is for.",
  },
  link: {
    title: "Set up the tablet",
    says: "Scan the picture with the tablet, or open the address there. It is good once, for 30 minutes. The set-up code alone:",
  },
  code: {
    title: "The kiosk code",
    says: "It is shown this once. Write it down and hand it over: a code that was given earlier is good no longer.",
  },
};

export function listen() {
  lookAgain();
  document.addEventListener("daybook:answered", ({ detail: { source, result } }) => {
    const { shows } = source.dataset;
    if (shows && result?.[shows]) showSecret(SECRETS[shows], result[shows], result);
  });
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-grant]");
    const remove = event.target.closest("[data-remove-grant]");
    if (add) addGrant(add.closest("[data-grants]"));
    if (remove) removeGrant(remove.closest("[data-grant]"));
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-grant-role]")) fit(event.target.closest("[data-grant]"));
  });
  for (const name of ["daybook:shown", "daybook:restored"]) document.addEventListener(name, fitAll);
  fitAll();
}

function lookAgain() {
  const stands = document.querySelector("[data-refresh-every]");
  if (!stands) return;
  setInterval(() => {
    if (document.visibilityState === "visible") refresh();
  }, Number(stands.dataset.refreshEvery) * 1000);
}

function showSecret({ title, says }, secret, { picture, code, link }) {
  // It has the focus, so that a key pressed once too often does not close what is shown once.
  const shown = element("output", { class: "secret", id: "secret", tabindex: "-1", autofocus: true }, secret);
  const copied = element("span", { role: "status" });
  const copy = element("button", { type: "button", class: "b" }, "Copy");
  const close = element("button", { type: "button", class: "b go" }, "Done");
  const dialog = element(
    "dialog",
    { "aria-labelledby": "secret-title", "aria-describedby": "secret-says" },
    element("h2", { id: "secret-title" }, title),
    shown,
    ...(picture ? [pictureOf(picture)] : []),
    element("p", { id: "secret-says" }, says, ...(link ? [" ", element("b", {}, code)] : [])),
    element("div", { class: "do" }, close, copy, copied),
  );
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(secret);
      copied.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(shown); // a browser copies for secure pages alone
      copied.textContent = "Marked: copy it by hand";
    }
  });
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function pictureOf(svg) {
  const made = document.adoptNode(parse(svg).body.firstElementChild);
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", "The address as a QR code");
  return element("p", { class: "picture" }, made);
}

function addGrant(grants) {
  const list = grants.querySelector("ul");
  const next = Math.max(-1, ...[...list.children].map(positionOf)) + 1;
  const made = document.importNode(grants.querySelector("template").content, true).firstElementChild;
  for (const each of [made, ...made.querySelectorAll("*")]) {
    for (const name of ["id", "for", "name", "data-field"]) {
      const value = each.getAttribute(name);
      if (value) each.setAttribute(name, value.replace(/(^|[-/])N($|\/)/, `$1${next}$2`));
    }
  }
  list.append(made);
  fit(made);
  made.querySelector("select").focus();
}

const positionOf = (grant) => Number(grant.dataset.field.split("/").at(-1));

function removeGrant(grant) {
  const form = grant.closest("form");
  grant.remove();
  form.dispatchEvent(new Event("input", { bubbles: true }));
  form.querySelector("[data-add-grant]").focus();
}

const fitAll = () => document.querySelectorAll("[data-grant]").forEach(fit);

// Shows of a role what goes with it: an administrator is one everywhere, only staff is on the
// staff, and only a patient has a record of their own.
function fit(grant) {
  const role = grant.querySelector("[data-grant-role]").value;
  const goes = {
    facility: role !== "administrator",
    staff: OF_STAFF.has(role),
    patient: role === "patient",
  };
  for (const field of grant.querySelectorAll("[data-grant-of]")) {
    field.hidden = !goes[field.dataset.grantOf];
    field.querySelector("input, select").disabled = field.hidden;
  }
}
