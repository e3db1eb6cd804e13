# `make` alone lists the targets. A fresh machine needs make and Python 3.11, 3.12 or 3.13; everything else is fetched.
SHELL = /bin/sh
BIN = .venv/bin
STAMP = .venv/.ready
COMPILE = $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header

.PHONY: help setup demo broker test faults lint wheel lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1 \t/p' Makefile | expand -t 16

setup: $(STAMP) ## make .venv with everything, and .venv/bin/hub in it
	@:

# Try each name a Python goes by; a broken venv, as on a Debian without python3-venv, ends with the line that cures it.
.venv/bin/python:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python; do \
	  $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || continue; \
	  $$python -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "$$python: has no venv; hint: sudo apt-get update && sudo apt-get install -y python3-venv" >&2; exit 1; }; \
	  echo "setup: .venv with $$($$python --version)"; exec $$python -m venv .venv; \
	done; \
	echo "python: none of 3.11, 3.12 or 3.13 found; hint: install one, or say make PYTHON=/path/to/python" >&2; exit 1

$(STAMP): pyproject.toml requirements/dev.txt .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m hub.console.assets
	@touch $@

demo: setup ## the whole loop on made-up people, without a broker; at a terminal, then its console
	@$(BIN)/hub demo

broker: setup ## have a Kafka broker's parts ready: Docker's image, or else Java and the jars
	@$(BIN)/python -m hub.edges.local_broker

test: setup broker ## the whole suite, against a real broker
	@$(BIN)/python -m pytest -n 3 $(ARGS)

faults: setup broker ## every fault on real brokers, about a quarter of an hour; FAULTS_SEED=n repeats, ARGS="-k killed" selects
	@FAULTS_SEED=$${FAULTS_SEED:-$$(date +%j%H%M)} $(BIN)/python -m pytest tests/faults -m "" --show-capture=no $(ARGS)

lint: setup ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

wheel: setup ## build dist/csp_hub-*.whl
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

# One set of versions: the image's lock is cut from the developers'.
lock: setup ## pin every dependency anew, with hashes, for Python 3.11 to 3.13
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'
	@$(COMPILE) $(UPGRADE) --extra worker --extra broker --extra bench --extra governance --extra console --extra demo --extra postgres --extra notify --group dev pyproject.toml -o requirements/dev.txt
	@$(COMPILE) --extra worker --extra console --extra postgres --extra notify --constraints requirements/dev.txt --no-annotate pyproject.toml -o requirements/image.txt

clean: ## remove what the targets made
	@rm -rf .venv dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
