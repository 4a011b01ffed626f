"""Prints the tokens that scripts/fuzz-api uses: a client's for the admin API, a member's for the rest."""

import base64
import json
import os
import time
import urllib.parse
import urllib.request

SITE = os.environ["FUZZED_SITE"]
CLIENT = os.environ["FUZZED_CLIENT"]
MEMBER = {"email": "fuzzed@example.com", "password": "maple-tunnel-orbit-92"}


def send(path, body=None, headers=None):
    request = urllib.request.Request(SITE + path, data=body, headers=headers or {})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def sent_json(path, value):
    return send(path, json.dumps(value).encode(), {"content-type": "application/json"})


def signs_up():
    """Signs the member up, with the link in the mail."""
    sent_json("/api/users/signup", {**MEMBER, "nickname": "무작위"})
    address = "/dev/mail?to=" + urllib.parse.quote(MEMBER["email"])
    for _ in range(50):
        for mail in send(address, headers={"accept": "application/json"}):
            for link in mail["links"]:
                token = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query).get("token")
                if token:
                    sent_json("/api/users/signup/prove", {"token": token[0]})
                    return
        time.sleep(0.2)
    raise RuntimeError("no mail came")


def token_of_client():
    basic = "Basic " + base64.b64encode(CLIENT.encode()).decode()
    return send("/oauth2/token", b"grant_type=client_credentials", {"authorization": basic})["access_token"]


def token_of_member():
    return sent_json("/auth/login", MEMBER)["data"]["access_token"]


if __name__ == "__main__":
    signs_up()
    print(token_of_client(), token_of_member())
