"""A service that verifies Daemun's access tokens itself:
ISSUER=http://localhost:3000 AUDIENCE=orders python3 service.py.

Needs PyJWT and cryptography (Debian: python3-jwt python3-cryptography).
"""

import json
import os
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt

ISSUER = os.environ.get("ISSUER", "http://localhost:3000")
# The `aud` of this service's tokens; tokens for other services are refused.
AUDIENCE = os.environ.get("AUDIENCE", "orders")
KEYS = jwt.PyJWKClient(os.environ.get("JWKS_URL", f"{ISSUER}/oauth2/jwks"), lifespan=300)
CLAIMS = ["iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope", "sid", "roles"]


class Refused(Exception):
    """A refused request: the status and the challenge of the response."""

    def __init__(self, status, challenge=None):
        super().__init__(challenge)
        self.status, self.challenge = status, challenge


def claims_of(authorization, scope):
    """The claims of a token; raises Refused if it may not do `scope`."""
    match = re.fullmatch(r"bearer ([\w.~+/=-]+)", authorization or "", re.IGNORECASE | re.ASCII)
    if not match:
        raise Refused(401, "Bearer")
    token = match[1]
    bad = Refused(401, 'Bearer error="invalid_token"')
    try:
        if jwt.get_unverified_header(token).get("typ") != "at+jwt":
            raise bad
        key = KEYS.get_signing_key_from_jwt(token).key
        claims = jwt.decode(
            token, key, algorithms=["RS256", "ES256"], issuer=ISSUER, audience=AUDIENCE,
            leeway=10, options={"require": CLAIMS},
        )
    except jwt.PyJWKClientError as error:
        # Keys that cannot be fetched are an outage, not an invalid token.
        raise Refused(503) if isinstance(error.__context__, OSError) else bad from error
    except jwt.InvalidTokenError as error:
        raise bad from error
    if scope not in claims["scope"].split(" "):
        raise Refused(403, f'Bearer error="insufficient_scope", scope="{scope}"')
    return claims


ORDERS = {}
"""Orders by number, each with its member."""


def answer(method, path, text, member):
    """Answers a request about an order of `member`; for orders of others it answers 404.

    `member` is the token's `sub`: anybody can write a member into the path, the query or a header.
    """
    match = re.fullmatch(r"/orders/(\w{1,20})", path.partition("?")[0], re.ASCII)
    order = ORDERS.get(match[1]) if match else None
    if not match or (order and order["member"] != member):
        raise Refused(404)
    if method == "PUT":
        order = ORDERS[match[1]] = {"member": member, "text": text}
    elif not order:
        raise Refused(404)
    elif method == "DELETE":
        del ORDERS[match[1]]
    return order


class Service(BaseHTTPRequestHandler):
    """Answers with the claims, and stores orders."""

    def do_GET(self):
        """Serves every method: the token is verified before anything else."""
        try:
            claims = claims_of(self.headers.get("Authorization"), "read")
            body = {"member": claims["sub"], "roles": claims["roles"]}
            if self.path != "/":
                body = answer(self.command, self.path, self.headers.get("X-Text", ""), claims["sub"])
        except Refused as refused:
            self.send_response(refused.status)
            if refused.challenge:
                self.send_header("WWW-Authenticate", refused.challenge)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    do_PUT = do_DELETE = do_GET


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Service)
    print("ready", flush=True)
    server.serve_forever()
