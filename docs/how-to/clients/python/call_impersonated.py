# GOOGLE_APPLICATION_CREDENTIALS=impersonation.json python call_impersonated.py https://RECEIVER/PATH [AUDIENCE]
# As a service account that you may impersonate: the file is what
# `gcloud auth application-default login --impersonate-service-account` wrote.
import sys

import google.auth
import requests
from google.auth.impersonated_credentials import IDTokenCredentials
from google.auth.transport.requests import Request

url, audience = sys.argv[1], sys.argv[-1]
account, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
credentials = IDTokenCredentials(account, target_audience=audience, include_email=True)
credentials.refresh(Request())
response = requests.get(url, headers={"Authorization": f"Bearer {credentials.token}"}, timeout=60)
print(response.status_code, response.text)
