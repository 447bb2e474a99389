# python call.py https://RECEIVER/PATH [AUDIENCE]
import sys

import requests
from google.auth.transport.requests import Request
from google.oauth2.id_token import fetch_id_token

url, audience = sys.argv[1], sys.argv[-1]
token = fetch_id_token(Request(), audience)
response = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
print(response.status_code, response.text)
