// Reads billable days as a subscriber does, with nats.js alone: no Python, nothing of Daybook's.
//
//     node read_billable_days.mjs URL NAME SEED CA COUNT
//
// Prints a line of JSON for each of COUNT days, each position once and in order.

import { readFileSync } from "node:fs";
import { jetstream } from "@nats-io/jetstream";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";

const [url, name, seedFile, caFile, count] = process.argv.slice(2);

const connection = await connect({
  servers: url,
  inboxPrefix: `_INBOX_${name}`,
  authenticator: nkeyAuthenticator(new TextEncoder().encode(readFileSync(seedFile, "utf8").trim())),
  tls: { caFile, handshakeFirst: true },
});

const consumer = await jetstream(connection).consumers.get("BILLABLE", name);
const messages = await consumer.consume();
let position = 0;
let left = Number(count);

for await (const message of messages) {
  const at = Number(message.headers.get("daybook-position"));
  const previous = Number(message.headers.get("daybook-previous"));
  if (at > position) {
    if (previous > position) {
      throw new Error(`what precedes position ${at} has not come`);
    }
    const day = message.json();
    console.log(
      JSON.stringify({
        type: message.headers.get("ce-type"),
        position: at,
        previous,
        patient_id: day.patient_id,
        day: day.day,
        units: day.units,
      }),
    );
    position = at;
    left -= 1;
  }
  message.ack();
  if (left === 0) {
    break;
  }
}

await connection.drain();
