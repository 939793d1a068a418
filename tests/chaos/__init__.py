"""Kills every process again and again under load, and then counts what was lost or happened twice.

Start reading at `run`. What is killed when, and what is asked, follows from a seed (`plan`); what the
topics say in the end is read back from their first record on (`history`) and judged (`verdict`).
"""
