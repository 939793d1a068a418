"""Facts from a company's own systems, asked by HTTP GET: configured in `lookups.yaml`, typed, bounded.

Reading order: `configuration` (the file), `asking` (which address is asked for an inquiry), `reading` (which
facts an answer holds), `fetching` (the request, and what it must not reach), `lookups` (all of it for an
inquiry, kept in Redis).
"""
