// A gateway as a team writes it on Node: jose checks the token of each request, the built-in client passes it on over
// connections that stay open, and each request has a line in a log.
import { createWriteStream } from "node:fs";
import { Agent, createServer, request as ask } from "node:http";
import { createRemoteJWKSet, jwtVerify } from "../../../docs/examples/node/node_modules/jose/dist/webapi/index.js";

const { PORT, ISSUER, UPSTREAM_PORT, LOG } = process.env;
const keys = createRemoteJWKSet(new URL(`${ISSUER}/oauth2/jwks`));
const rules = { issuer: ISSUER, audience: ISSUER, typ: "at+jwt", algorithms: ["RS256"] };
const agent = new Agent({ keepAlive: true, maxSockets: 128 });
const log = createWriteStream(LOG);

async function scopeOf({ headers }) {
  const [, token] = /^Bearer (\S+)$/.exec(headers.authorization ?? "") ?? [];
  if (!token) return undefined;
  try {
    return (await jwtVerify(token, keys, rules)).payload.scope.split(" ");
  } catch {
    return undefined;
  }
}

createServer(async (incoming, answer) => {
  const began = performance.now();
  const { method, url } = incoming;
  answer.on("finish", () => {
    log.write(`${JSON.stringify({ method, url, status: answer.statusCode, took: performance.now() - began })}\n`);
  });
  const scope = await scopeOf(incoming);
  if (!scope?.includes("read")) return answer.writeHead(401, { "www-authenticate": "Bearer" }).end();
  const { authorization, connection, ...headers } = incoming.headers;
  const outgoing = ask({ agent, method, path: url, headers, host: "127.0.0.1", port: UPSTREAM_PORT }, (reply) => {
    answer.writeHead(reply.statusCode, reply.headers);
    reply.pipe(answer);
  });
  outgoing.on("error", () => answer.writeHead(502).end());
  incoming.pipe(outgoing);
}).listen(Number(PORT), "127.0.0.1");
