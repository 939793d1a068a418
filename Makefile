# The developer's commands; `make` alone lists them. Longer shell is in scripts/.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
IN_VENV := $(VENV)/bin/python
WARMLINE := $(VENV)/bin/warmline
# Newer than the lock and the project file when the environment holds what they say.
READY := $(VENV)/.ready
SOURCES := warmline services tests $(wildcard bench)

.PHONY: help setup servers demo up down test test-unit lint format contracts-check chaos \
        bench-router bench-queues lock clean

help: ## Lists these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  ARGS='…' is passed on: make test ARGS='-k lapse', make chaos ARGS='--help'"

setup: $(READY) ## Makes .venv with the locked packages and the project itself

$(READY): requirements.lock pyproject.toml scripts/setup.sh
	@scripts/setup.sh $(VENV)
	@touch $@

servers: setup ## Gets what Kafka and Redis need: Java, Maven, redis-server, Kafka's jars
	@$(IN_VENV) -m warmline.local

demo: setup ## Shows the whole flow on real Kafka and Redis; DATA=file.csv takes your own texts
	@$(WARMLINE) demo $(if $(DATA),"$(DATA)") $(ARGS)

up: setup ## Starts Kafka and Redis on this machine and leaves them running
	@$(WARMLINE) up $(ARGS)

down: setup ## Stops what `make up` started; the data stays
	@$(WARMLINE) down $(ARGS)

test: servers ## Runs all tests but the slow ones, on a real Kafka and Redis of their own
	@echo "Testing: unit, contract, integration, end to end, short chaos"
	@$(IN_VENV) -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m "not slow" $(ARGS)

test-unit: setup ## Runs the tests that need no server, in seconds
	@$(IN_VENV) -m pytest tests/unit -m "not slow" $(ARGS)

lint: setup ## Checks style, types and who imports whom
	@echo "Checking style" && $(VENV)/bin/ruff check $(SOURCES)
	@echo "Checking format" && $(VENV)/bin/ruff format --check $(SOURCES)
	@echo "Checking types" && $(VENV)/bin/mypy --strict $(SOURCES)
	@echo "Checking imports" && $(VENV)/bin/lint-imports

format: setup ## Formats the code and mends what can be mended
	@$(VENV)/bin/ruff check --fix $(SOURCES) || true
	@$(VENV)/bin/ruff format $(SOURCES)

contracts-check: setup ## Checks that the published schemas and the AsyncAPI document are current
	@$(WARMLINE) asyncapi --check docs

chaos: servers ## Kills services, Redis and Kafka under load; JSON on the last line
	@$(IN_VENV) -m tests.chaos $(ARGS)

bench-router: servers ## Measures the router beside a bare loop; JSON on the last line
	@$(IN_VENV) -m bench.router $(ARGS)

bench-queues: servers ## Measures the queue engine beside bare EVALSHA, BullMQ, SAQ, arq and RQ; JSON on the last line
	@$(IN_VENV) -m bench.queues $(ARGS)

lock: setup ## Writes the lock files anew after a change of the dependencies in pyproject.toml
	@scripts/lock.sh $(VENV) $(ARGS)

clean: ## Stops the local servers; deletes their data and all caches, but neither .venv nor the jars
	@scripts/clean.sh $(VENV)
