// Checks the first patient who is expected at a day's first session in, with a client that others'
// tools make of the OpenAPI document: each address, header and field is checked by its types.
//
//     node check_in.js URL TOKEN FACILITY DAY
//
// Prints a line of JSON: what the command was answered, and how the roster shows it.
import createClient from "openapi-fetch";
import type { paths } from "./daybook.js";

declare const process: { argv: string[] };

const [baseUrl = "", token = "", facility_id = "", day = ""] = process.argv.slice(2);
const daybook = createClient<paths>({
  baseUrl,
  headers: { Authorization: `Bearer ${token}` },
});
const path = { facility_id };

// A question is answered as JSON unless CSV is asked for.
function told<T>(answer: { data?: T; error?: { title: string; detail: string } }) {
  if (answer.data === undefined || typeof answer.data === "string") {
    throw new Error(answer.error && `${answer.error.title}: ${answer.error.detail}`);
  }
  return answer.data as Exclude<T, string | undefined>;
}

const sessions = told(
  await daybook.GET("/v1/facilities/{facility_id}/sessions", { params: { path, query: { day } } }),
);
const session_id = sessions.items[0]!.session_id;
const ask = { path, query: { session_id } };
const roster = told(await daybook.GET("/v1/facilities/{facility_id}/roster", { params: ask }));
const patient_id = roster.items.find((each) => each.state === "expected")!.patient_id;

const header = { "Idempotency-Key": `check-in-${patient_id}` };
const send = () =>
  daybook.POST("/v1/facilities/{facility_id}/commands/session.check-in", {
    params: { path, header },
    body: { session_id, patient_id },
  });
const done = told(await send());
const again = told(await send());

const after = told(
  await daybook.GET("/v1/facilities/{facility_id}/roster", {
    params: { path, query: { session_id, after: done.position } },
  }),
);
const row = after.items.find((each) => each.patient_id === patient_id)!;
console.log(
  JSON.stringify({
    patient_id,
    done: done.events.map((each) => each.type),
    again: again.position === done.position,
    reflects: after.position >= done.position,
    state: row.state,
  }),
);
