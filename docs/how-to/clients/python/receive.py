# SERVICE_URL=https://ITSELF PORT=8080 python receive.py
"""A private service that looks itself at the token of Authorization, which its front end has let in."""

import os
from urllib.parse import urljoin, urlsplit

from flask import Flask, request
from google.auth.exceptions import GoogleAuthError
from google.auth.transport import requests
from google.oauth2 import id_token

AUDIENCE = os.environ["SERVICE_URL"]
app = Flask(__name__)


class Certificates(requests.Request):
    """Asks Google for its certificates; another origin for the same path, where GOOGLE_CERTS_URL names one."""

    def __call__(self, url, *args, **kwargs):
        origin = os.environ.get("GOOGLE_CERTS_URL") or url
        return super().__call__(urljoin(origin, urlsplit(url).path), *args, **kwargs)


def caller_of(header):
    """The e-mail that the token proves, or None."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        claims = id_token.verify_oauth2_token(token.strip(), Certificates(), audience=AUDIENCE)
    except (GoogleAuthError, ValueError) as error:
        print(f"refused: {error}", flush=True)
        return None
    return claims["email"] if claims.get("email_verified") else None


@app.get("/")
def main():
    email = caller_of(request.headers.get("Authorization", ""))
    if email is None:
        return "Please send a valid bearer token.\n", 401, {"WWW-Authenticate": "Bearer"}
    return f"Hello, {email}.\n"


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=int(os.environ["PORT"]))
