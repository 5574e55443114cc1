// The linter of OpenAPI documents that most use, on the file that is its only argument.
// It prints what it finds, a line each, and fails where that is anything.
import { readFileSync } from 'node:fs';
import core from '@redocly/openapi-core';

const file = process.argv[2];
const config = await core.createConfig({
  extends: ['recommended-strict'],
  rules: {
    'operation-2xx-response': 'off', // who signs in at a provider is sent there: 303
    'no-invalid-media-type-examples': 'off', // slow, and checked with jsonschema as well
    'operation-operationId': 'error',
    'operation-singular-tag': 'error',
    'operation-tag-defined': 'error',
    'parameter-description': 'error',
    'tag-description': 'error',
  },
});
const found = await core.lintFromString({
  source: readFileSync(file, 'utf8'), absoluteRef: file, config,
});
for (const each of found) {
  console.log(`${each.ruleId} at ${each.location[0].pointer}: ${each.message}`);
}
process.exitCode = found.length ? 1 : 0;
