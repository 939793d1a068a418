"""A changed configuration on recorded events, before it goes live: the real rules, simulated time.

`recording` reads what happened, `desk` is the plain engine with an index, `run` plays, `report` compares,
`command` is `warmline replay`.
"""
