"""The other queues. Each runs in an environment of its own, so nothing here imports the project."""
