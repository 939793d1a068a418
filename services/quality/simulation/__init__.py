"""A desk over a year, with customers and a bot whose true quality is known: pure and seeded.

`world` says what is true, `inquiries` draws who comes and what would happen to them, `policies`
decide who answers (Warmline's by the real rules of `licensing`), `desk` lets time pass, `results`
counts. The same world and seed give the same customers to every policy.
"""

from __future__ import annotations
