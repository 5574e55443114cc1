// Requests to the server. A command keeps its key until it is answered: however often it is sent,
// it is recorded once.
import { lost, reached } from "./connection.js";

const PATIENCE = 30_000; // milliseconds
const keys = new Map(); // of commands that are not answered yet: {key, about}
let signingIn = null;

// No answer came: it is not known whether something was recorded.
export class NoAnswer extends Error {}

export const facility = () => document.body.dataset.facility;

export async function request(path, { method = "GET", headers = {}, json, patience = PATIENCE } = {}) {
  const given = { method, headers: { ...headers }, signal: AbortSignal.timeout(patience) };
  if (json !== undefined) {
    given.body = JSON.stringify(json);
    given.headers["content-type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(path, given);
  } catch {
    lost();
    throw new NoAnswer();
  }
  reached();
  // Where a password is changed, it says that the one that was typed is wrong.
  if (answer.status === 401 && path !== "/v1/password" && (await signedInAgain())) {
    return request(path, { method, headers, json, patience });
  }
  return answer;
}

// Sends a command; returns {position, result} or {problem}.
export async function send(command, payload, { where = facility(), key: given } = {}) {
  const which = `${where} ${command} ${JSON.stringify(payload)}`;
  const about = payload.session_id && `${where} ${payload.session_id} ${payload.patient_id}`;
  const key = given ?? keys.get(which)?.key ?? randomKey();
  keys.set(which, { key, about });
  const answer = await request(`/v1/facilities/${where}/commands/${command}`, {
    method: "POST",
    headers: { "idempotency-key": key },
    json: payload,
  });
  const said = await read(answer);
  if (answer.status < 500) keys.delete(which);
  if (!answer.ok) return { problem: said };
  // What is recorded of a visit now came after whatever was not answered of it: sent again, that is
  // another one.
  for (const [other, kept] of keys) if (about && kept.about === about) keys.delete(other);
  return { position: answer.headers.get("daybook-position"), result: said };
}

// Sends anything else to the API, as "POST /v1/tokens"; returns {result} or {problem}.
export async function call(route, json, patience) {
  const [method, path] = route.split(" ");
  const answer = await request(path, { method, json, patience });
  const said = await read(answer);
  return answer.ok
    ? { position: answer.headers.get("daybook-position"), result: said }
    : { problem: said };
}

async function read(answer) {
  const text = await answer.text();
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return { title: "No answer", detail: "the server did not answer as expected", status: answer.status };
  }
}

export function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Asks for the password where the sign-in has ended; tells whether somebody is signed in again.
function signedInAgain() {
  const dialog = document.getElementById("sign-in-again");
  if (!dialog) return Promise.resolve(false);
  signingIn ??= new Promise((resolve) => {
    const form = dialog.querySelector("form");
    const password = dialog.querySelector("input");
    dialog.showModal();
    password.focus();
    form.onsubmit = async (event) => {
      event.preventDefault();
      dialog.querySelector(".refusal")?.remove();
      const said = { account: document.body.dataset.account, password: password.value };
      const answer = await fetch("/v1/sign-in", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(said),
      }).catch(() => null);
      if (answer?.status === 200) {
        password.value = "";
        resolve(true);
        dialog.close();
        return;
      }
      const wrong = document.createElement("p");
      wrong.className = "refusal";
      wrong.setAttribute("role", "alert");
      wrong.textContent =
        answer?.status === 401 ? "Name and password do not go together." :
        answer?.status === 202 ? "This account needs a passkey: sign in on the sign-in page." :
        answer?.status === 429 ? "Too many attempts. Try again in a minute." :
        "The server was not reached. Try again.";
      form.insertBefore(wrong, form.querySelector(".do"));
    };
    dialog.onclose = () => {
      resolve(false);
      signingIn = null;
    };
  });
  return signingIn;
}
