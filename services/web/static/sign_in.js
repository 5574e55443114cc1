// Signing out, and signing in with a passkey.
import { end } from "./live.js";

export function listen() {
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "sign-out") return;
    end();
    sessionStorage.clear();
  });
  const button = document.getElementById("passkey");
  if (!button || !window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
  button.hidden = false;
  button.addEventListener("click", withPasskey);
  const { passkey } = document.getElementById("sign-in").dataset;
  if (passkey) answer(JSON.parse(passkey)); // the password was right
}

async function withPasskey() {
  const options = await json("/v1/passkeys/sign-in/options", {});
  if (options) await answer(options);
}

// Answers with a passkey what the server asks, and opens Daybook.
async function answer(options) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey ?? options);
  const credential = await navigator.credentials.get({ publicKey }).catch(() => null);
  if (!credential) return;
  const purpose = document.getElementById("purpose").value;
  if (await json("/v1/passkeys/sign-in", { credential: credential.toJSON(), purpose })) {
    location.assign(document.querySelector("[name=next]").value || "/");
  }
}

async function json(path, body) {
  const found = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return found.ok ? found.json() : null;
}
