// Parses an AsyncAPI document with the official parser, and prints what it finds:
//
//     node check_asyncapi.mjs DOCUMENT [--warnings]
//
// Exits with 1 where the document has an error.

import { readFile } from "node:fs/promises";
import { DiagnosticSeverity, Parser } from "@asyncapi/parser";

const [file, option] = process.argv.slice(2);
const least = option === "--warnings" ? DiagnosticSeverity.Hint : DiagnosticSeverity.Error;

const { document, diagnostics } = await new Parser().parse(await readFile(file, "utf8"));
for (const each of diagnostics.filter(({ severity }) => severity <= least)) {
  console.log(`${DiagnosticSeverity[each.severity]} ${each.code} ${each.path.join("/")}: ${each.message}`);
}
const wrong = diagnostics.some(({ severity }) => severity === DiagnosticSeverity.Error);
if (document && !wrong) {
  const messages = document.allMessages().all().length;
  console.log(`${document.channels().all().length} channels, ${messages} messages`);
}
process.exit(document && !wrong ? 0 : 1);
