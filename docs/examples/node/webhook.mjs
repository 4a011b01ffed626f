// Receives account events by webhook, verifies their signatures, and processes each once.
//   npm ci && SECRET=whsec_… PORT=8082 node webhook.mjs
// To try it on one machine, give daemun.toml [[webhooks]] with the same secret and url = "http://127.0.0.1:8082/", and
// [outgoing] private_hosts = ["127.0.0.1"]. `daemun webhooks test NAME` sends an event.
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.SECRET);
// A real service stores the ids in a table, in the transaction of the effect.
const seen = new Set();

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

const server = createServer(async (request, response) => {
  let event;
  try {
    // The body as it was sent: JSON that is parsed and written again has another signature.
    event = webhook.verify(await bodyOf(request), request.headers);
  } catch {
    response.writeHead(401).end();
    return;
  }
  const id = request.headers['webhook-id'];
  console.log(seen.has(id) ? `${id} again` : `${id} ${event.eventType}`);
  seen.add(id);
  response.writeHead(204).end();
});

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`listens on ${server.address().port}`);
});
