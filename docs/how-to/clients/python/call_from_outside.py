# GOOGLE_APPLICATION_CREDENTIALS=config.json python call_from_outside.py https://RECEIVER/PATH [AUDIENCE]
# By workload identity federation: config.json is what `gcloud iam workload-identity-pools create-cred-config` wrote.
import json
import os
import sys

import requests
from google.auth import identity_pool
from google.auth.transport.requests import AuthorizedSession

url, audience = sys.argv[1], sys.argv[-1]
with open(os.environ["GOOGLE_APPLICATION_CREDENTIALS"], encoding="utf-8") as file:
    config = json.load(file)

# The token of the Security Token Service asks the account for an ID token, where others ask for an access token.
account = config.pop("service_account_impersonation_url").removesuffix(":generateAccessToken")
scopes = ["https://www.googleapis.com/auth/cloud-platform"]
federated = AuthorizedSession(identity_pool.Credentials.from_info(config, scopes=scopes))
answer = federated.post(f"{account}:generateIdToken", json={"audience": audience, "includeEmail": True})
if not answer.ok:
    sys.exit(f"{answer.status_code} of {account}: {answer.text}")
token = answer.json()["token"]
response = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
print(response.status_code, response.text)
