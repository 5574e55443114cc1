// A real OpenID provider on loopback, with pages of its own to sign in at.
// Its only argument is JSON: { port, keys, clients, people: { subject: claims } }; port 0 is any
// that is free. It prints its address, and ends when its standard input does.
import http from 'node:http';
import Provider from 'oidc-provider';

const { port, keys, clients, people } = JSON.parse(process.argv[2]);
const server = http.createServer();
await new Promise((listening) => server.listen(port, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients,
  jwks: { keys },
  claims: { openid: ['sub'], profile: ['preferred_username'], email: ['email', 'email_verified'] },
  cookies: { keys: ['a secret of the tests'] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true } },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: async () => ({ preferred_username: sub, ...people[sub], sub }),
  }),
});
server.on('request', provider.callback());
process.stdin.on('end', () => process.exit()).resume();
console.log(issuer);
