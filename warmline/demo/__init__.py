"""`warmline demo`: the whole flow on this machine, on a real Kafka and a real Redis, in a minute.

Start reading at `run`. Customers and the people who answer are simulated, and say so; everything
between them is the real thing. What the summary claims is read back from the topics (`tally`), never
taken from what the simulation believes to have done.
"""

from __future__ import annotations
