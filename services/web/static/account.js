// One's own account: a passkey is made by the browser.
import { UNKNOWN, done, forgetRefusal, refuse, saving, showLast } from "./acts.js";
import { refresh } from "./refresh.js";
import { NoAnswer, call } from "./requests.js";

export function listen() {
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "add-passkey") return;
    event.preventDefault();
    add(event.target, event.submitter ?? event.target.querySelector("button"));
  });
}

async function add(form, button) {
  if (button.hasAttribute("aria-busy")) return;
  const label = saving(button);
  forgetRefusal(button);
  try {
    const problem = await made(form.elements.name.value);
    if (problem) return refuse(button, problem);
    form.reset();
    showLast("The passkey signs you in from now on");
    await refresh();
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    refuse(button, { detail: UNKNOWN });
  } finally {
    done(button, label);
  }
}

// Makes a passkey and has it kept; returns what is wrong, if anything is.
async function made(name) {
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
    return { detail: "this browser makes no passkeys, or the page is not reached over TLS" };
  }
  const options = await call("POST /v1/passkeys/options");
  if (options.problem) return options.problem;
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.result);
  const credential = await navigator.credentials.create({ publicKey }).catch(() => null);
  if (!credential) return { detail: "no passkey was made: it was called off, or this device has one already" };
  const kept = await call("POST /v1/passkeys", { name, credential: credential.toJSON() });
  return kept.problem;
}
