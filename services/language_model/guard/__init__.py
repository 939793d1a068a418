"""What a language model has written, checked against what it was given. Pure rules.

Nothing here judges style. A text passes if it claims what its source claims: the same figures in the
same order, no other link, contact, promise or sensitive matter, in the language asked for.
"""
