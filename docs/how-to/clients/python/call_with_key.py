# GOOGLE_APPLICATION_CREDENTIALS=key.json python call_with_key.py https://RECEIVER/PATH [AUDIENCE]
# By a JWT that the account's key signs, exchanged for an ID token: what the library does in call.py, step by step.
import json
import os
import sys
import time

import requests
from google.auth import crypt, jwt

url, audience = sys.argv[1], sys.argv[-1]
with open(os.environ["GOOGLE_APPLICATION_CREDENTIALS"], encoding="utf-8") as file:
    key = json.load(file)

now = int(time.time())
claims = {"iss": key["client_email"], "aud": key["token_uri"], "iat": now, "exp": now + 3600, "target_audience": audience}
assertion = jwt.encode(crypt.RSASigner.from_service_account_info(key), claims).decode()
grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
exchanged = requests.post(key["token_uri"], data=grant, timeout=60)
if not exchanged.ok:
    sys.exit(f"{exchanged.status_code} of {key['token_uri']}: {exchanged.text}")
token = exchanged.json()["id_token"]
response = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
print(response.status_code, response.text)
