"""What the topics say about bot and people: quality, cost, fairness, over a period.

Read in this order: `facts` (what is taken from each event), `sorting` (all facts of a conversation
together, in flat memory), `cases` (one inquiry, whole), `totals` (sums over cases), then what is
concluded: `comparison`, `worth`, `fairness`; and how it is shown: `figures`, `document`, `pages`.
"""

from __future__ import annotations
