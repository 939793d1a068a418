"""The sample company's order system, which the bot asks (`lookups.yaml`): a small HTTP server on loopback.

`python -m warmline.demo.orders PORT FILE` answers `GET /v1/orders/{number}` from the rows of FILE
(`orders.csv`) until it is stopped. Where ORDERS_AUTHORIZATION is set, requests must carry it. Days in the
file count from today, so that no date is ever past by accident.
"""

from __future__ import annotations

import csv
import hmac
import os
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import web

from warmline.demo.company import AUTHORIZATION
from warmline.local.ports import LOOPBACK

Row = Mapping[str, str]


def read_orders(file: Path) -> dict[str, Row]:
    """By order number."""
    with file.open(encoding="utf-8", newline="") as source:
        return {row["order_number"]: row for row in csv.DictReader(source)}


def answer_on(order: Row, today: date) -> dict[str, Any]:
    """What the system says of an order; no `refund` where there is none."""
    said: dict[str, Any] = {
        "number": order["order_number"],
        "customer": {"id": order["customer_id"]},
        "shop": order["shop"],
        "invoice": {
            "due": (today + timedelta(days=int(order["due_in_days"]))).isoformat(),
            "open": order["open"],
        },
    }
    if order["refund"]:
        said["refund"] = {"state": order["refund"], "amount": order["refund_amount"]}
    if order["refunded_days_ago"]:
        paid_on = today - timedelta(days=int(order["refunded_days_ago"]))
        said["refund"]["paid_on"] = paid_on.isoformat()
    return said


def application(orders: Mapping[str, Row], authorization: str | None) -> web.Application:
    async def order(request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "")
        if authorization and not hmac.compare_digest(given.encode(), authorization.encode()):
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        found = orders.get(request.match_info["number"])
        if found is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return web.json_response(answer_on(found, datetime.now(UTC).date()))

    async def ready(_: web.Request) -> web.Response:
        return web.Response(text="ready")

    app = web.Application()
    app.router.add_get("/v1/orders/{number}", order)
    app.router.add_get("/readyz", ready)
    return app


if __name__ == "__main__":
    web.run_app(
        application(read_orders(Path(sys.argv[2])), os.environ.get(AUTHORIZATION)),
        host=LOOPBACK,
        port=int(sys.argv[1]),
        print=None,
    )
