"""`python -m warmline.local`: readies this machine for Kafka and Redis, without starting them.

Installs the missing programs where that is allowed and fetches Kafka's jars; both only once.
"""

from __future__ import annotations

import sys

from warmline.errors import WarmlineError
from warmline.local import programs
from warmline.local.kafka_jars import fetch_kafka_jars
from warmline.local.stack import DEFAULT_FOLDER


def main() -> int:
    try:
        programs.ensure(print)
        fetch_kafka_jars(DEFAULT_FOLDER / "cache", print)
    except WarmlineError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
