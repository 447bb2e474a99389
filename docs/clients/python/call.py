# python call.py https://RECEIVER
import sys

import requests
from google.auth.transport.requests import Request
from google.oauth2.id_token import fetch_id_token

url = sys.argv[1]
token = fetch_id_token(Request(), url)
response = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
print(response.status_code, response.text)
