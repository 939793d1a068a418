"""The client library for platforms: publish what customers send, read what Warmline answers.

with Client("127.0.0.1:9092") as client:
    client.publish(new_inquiry("Where is my refund?", customer_id="c-17"))
    for received in client.consume("replies", idle_timeout_s=30):
        print(received.event.data.text)
"""

from __future__ import annotations

from warmline.client.bulk import Failure, PublishingStoppedError, Report
from warmline.client.client import Client
from warmline.client.consuming import BadRecord, Received
from warmline.client.inquiries import new_inquiry
from warmline.client.publishing import Delivery
from warmline.client.reading import Record

__all__ = [
    "BadRecord",
    "Client",
    "Delivery",
    "Failure",
    "PublishingStoppedError",
    "Received",
    "Record",
    "Report",
    "new_inquiry",
]
