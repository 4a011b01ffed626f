// A service that verifies Daemun's access tokens itself: `npm ci && ISSUER=http://localhost:3000 node service.mjs`.
import { createServer } from "node:http";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";

const issuer = process.env.ISSUER ?? "http://localhost:3000";
const keys = createRemoteJWKSet(new URL(process.env.JWKS_URL ?? `${issuer}/oauth2/jwks`));
const rules = {
  issuer,
  audience: process.env.AUDIENCE ?? "daemun-services",
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

/** The claims behind a request that may do `scope`; throws Refused otherwise. */
async function claimsOf(request, scope) {
  const [, token] = /^bearer ([\w.~+/=-]+)$/i.exec(request.headers.authorization ?? "") ?? [];
  if (!token) throw new Refused(401, "Bearer");
  let claims;
  try {
    claims = (await jwtVerify(token, keys, rules)).payload;
  } catch (error) {
    // Keys that cannot be fetched are an outage, not a bad token.
    const bad = error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)
      && error.code !== "ERR_JOSE_GENERIC";
    throw bad ? new Refused(401, 'Bearer error="invalid_token"') : new Refused(503);
  }
  if (!claims.scope.split(" ").includes(scope)) {
    throw new Refused(403, `Bearer error="insufficient_scope", scope="${scope}"`);
  }
  return claims;
}

const server = createServer(async (request, response) => {
  try {
    const claims = await claimsOf(request, "read");
    // Whose orders these are is decided by the token's `sub`, never by an id in the request.
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ member: claims.sub, roles: claims.roles }));
  } catch (error) {
    const { status = 500, challenge } = error;
    if (challenge) response.setHeader("www-authenticate", challenge);
    response.writeHead(status).end();
  }
});
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => console.log("ready"));
