import os

import httpx
from fastapi import FastAPI
from google.auth.transport.requests import Request
from google.oauth2.id_token import fetch_id_token

app = FastAPI()
STOCK_URL = os.environ["STOCK_URL"]


@app.get("/buy/{name}")
def buy(name: str):
    token = fetch_id_token(Request(), STOCK_URL)
    answer = httpx.get(f"{STOCK_URL}/items/{name}", headers={"Authorization": f"Bearer {token}"})
    return answer.raise_for_status().json()
