"""An optional language model: it words what the knowledge base says, and decides nothing.

Shared by the services that talk to customers or write briefs. Nothing here is imported unless an
endpoint is configured.
"""
