// A service that verifies Daemun's access tokens itself:
// `npm ci && ISSUER=http://localhost:3000 AUDIENCE=orders node service.mjs`.
import { createServer } from "node:http";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";

const issuer = process.env.ISSUER ?? "http://localhost:3000";
const keys = createRemoteJWKSet(new URL(process.env.JWKS_URL ?? `${issuer}/oauth2/jwks`));
const rules = {
  issuer,
  // The `aud` of this service's tokens; tokens for other services are refused.
  audience: process.env.AUDIENCE ?? "orders",
  typ: "at+jwt",
  algorithms: ["RS256", "ES256"],
  clockTolerance: 10,
  requiredClaims: ["sub", "exp", "iat", "jti", "client_id", "scope", "sid", "roles"],
};

class Refused extends Error {
  constructor(status, challenge) {
    super(challenge);
    Object.assign(this, { status, challenge });
  }
}

/** The claims of a request's token; throws Refused if the request may not do `scope`. */
async function claimsOf(request, scope) {
  const [, token] = /^bearer ([\w.~+/=-]+)$/i.exec(request.headers.authorization ?? "") ?? [];
  if (!token) throw new Refused(401, "Bearer");
  let claims;
  try {
    claims = (await jwtVerify(token, keys, rules)).payload;
  } catch (error) {
    // Keys that cannot be fetched are an outage, not an invalid token.
    const bad = error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)
      && error.code !== "ERR_JOSE_GENERIC";
    throw bad ? new Refused(401, 'Bearer error="invalid_token"') : new Refused(503);
  }
  if (!claims.scope.split(" ").includes(scope)) {
    throw new Refused(403, `Bearer error="insufficient_scope", scope="${scope}"`);
  }
  return claims;
}

/** Orders by number, each with its member. */
const orders = new Map();

/** Answers a request about an order of `member`; for orders of others it answers 404. */
function answer({ method, url, headers }, member) {
  // `member` is the token's `sub`: anybody can write a member into the path, the query or a header.
  const number = /^\/orders\/(\w{1,20})$/.exec(new URL(url, "http://service").pathname)?.[1];
  if (!number) throw new Refused(404);
  const order = orders.get(number);
  if (order && order.member !== member) throw new Refused(404);
  if (method === "PUT") orders.set(number, { member, text: headers["x-text"] ?? "" });
  else if (!order) throw new Refused(404);
  else if (method === "DELETE") orders.delete(number);
  else if (method !== "GET") throw new Refused(405);
  return orders.get(number) ?? order;
}

const server = createServer(async (request, response) => {
  try {
    const claims = await claimsOf(request, "read");
    const body = request.url === "/" ? { member: claims.sub, roles: claims.roles } : answer(request, claims.sub);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(body));
  } catch (error) {
    const { status = 500, challenge } = error;
    if (challenge) response.setHeader("www-authenticate", challenge);
    response.writeHead(status).end();
  }
});
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => console.log("ready"));
