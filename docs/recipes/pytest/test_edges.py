"""Started by run-edges exec: everything is up, and where it is stands in the environment."""

import os

import httpx
import pytest


def call(caller: str, receiver: str, path: str) -> httpx.Response:
    """Calls as a caller of edges.yaml, or as the stranger, whom no edge names."""
    url = os.environ[f"{receiver.upper().replace('-', '_')}_URL"]
    answer = httpx.post(
        f"{os.environ['RUN_EDGES_URL']}/run-edges/v1/callers/{caller}/id-token",
        headers={"Authorization": f"Bearer {os.environ['RUN_EDGES_TOKEN']}"},
        json={"audience": url},
    )
    token = answer.raise_for_status().json()["token"]
    return httpx.get(f"{url}{path}", headers={"Authorization": f"Bearer {token}"})


def test_everybody_may_buy():
    answer = httpx.get(f"{os.environ['SHOP_URL']}/buy/tea")
    assert (answer.status_code, answer.json()) == (200, {"name": "tea", "left": 3})


def test_the_shop_may_look_into_the_stock():
    assert call("shop", "stock", "/items/tea").status_code == 200


@pytest.mark.parametrize("caller", ["stock", "stranger"])
def test_nobody_else_may(caller: str):
    assert call(caller, "stock", "/items/tea").status_code == 403


def test_nor_anybody_without_an_identity():
    assert httpx.get(f"{os.environ['STOCK_URL']}/items/tea").status_code == 403
