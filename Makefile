# Everything a newcomer and a machine need; `make` lists it. Nothing but Python 3.11 has to be there.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PINS := $(wildcard requirements/*.txt)
# Extra words for the command behind a target, e.g. `make test ARGS="-k undo"`.
ARGS ?=
# `make run MODE=cluster`: the processes of a distributed installation instead of as few as possible.
MODE ?= embedded
IN_MODE = --mode $(MODE)$(if $(filter cluster,$(MODE)), --data .run-cluster)
# How many brokers `make kafka` starts.
BROKERS ?= 1

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup run month up cluster kafka migrate seed test lint format faults bench requirements docs clean

##@ Start
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n\033[1m%s\033[0m\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  \033[36m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make the virtual environment with the pinned packages (done by itself where needed)

$(READY): $(PINS) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; name one: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode requirements/development.txt
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

run: $(READY) ## Bring the whole system up, live through the month of Nghệ An, and stay up
	$(BIN)/motcua up --replay nghe-an-2023-06 $(IN_MODE) $(ARGS)

month: $(READY) ## The same for scripts: a folder of its own, the report, stop; fails if a figure is wrong
	$(BIN)/motcua month --mode $(MODE) $(ARGS)

up: $(READY) ## Bring the whole system up without the month
	$(BIN)/motcua up $(IN_MODE) $(ARGS)

cluster: ## The same with Kafka, two API and two worker processes per service, and a proxy (Linux)
	@$(MAKE) up MODE=cluster

kafka: $(READY) ## Run Apache Kafka here (needs Maven and Java 17); three brokers with BROKERS=3
	$(BIN)/motcua kafka --brokers $(BROKERS) $(ARGS)

##@ Data
migrate: $(READY) ## Bring the tables of all services up to date
	$(BIN)/motcua migrate $(ARGS)

seed: $(READY) ## Load the catalogue, the agencies and the calendar
	$(BIN)/motcua seed $(ARGS)

##@ Quality
test: lint ## Lint, then every test
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(READY) ## Style, format, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## Format the code and mend what can be mended by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

faults: $(READY) ## Break the system in every way under load, for an hour; nothing may be lost or counted twice
	$(BIN)/python -m faults $(ARGS)

bench: $(READY) ## Measure speed as ratios within one run
	$(BIN)/python -m benchmarks $(ARGS)

##@ Upkeep
requirements: $(READY) ## Compile the pins anew from requirements/*.in
	@compile() { VIRTUAL_ENV=$(VENV) $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal \
	  --python-version 3.11 --custom-compile-command "make requirements" --output-file "requirements/$$1.txt" \
	  "requirements/$$1.in" "$${@:2}"; }; \
	compile bootstrap; compile runtime; compile development --constraint requirements/runtime.txt

docs: $(READY) ## Write the parts of docs/ and deploy/ that come from the code
	$(BIN)/python -m services.console.settings_page > docs/settings.md.new
	mv docs/settings.md.new docs/settings.md
	$(BIN)/python -m services.console.metrics_page > docs/metrics.md.new
	mv docs/metrics.md.new docs/metrics.md
	$(BIN)/python -m services.console.events_page > docs/events.md.new
	mv docs/events.md.new docs/events.md
	$(BIN)/python -m services.console.asyncapi_page > docs/asyncapi.yaml.new
	mv docs/asyncapi.yaml.new docs/asyncapi.yaml
	for page in deploy/compose/haproxy.cfg deploy/systemd/haproxy.cfg; do \
	  $(BIN)/python -m services.console.cluster.proxy_pages $$page > $$page.new; mv $$page.new $$page; done

clean: ## Remove what the system and the tools have made; the virtual environment stays
	@if [ -x $(BIN)/motcua ]; then $(BIN)/motcua clean $(ARGS); $(BIN)/motcua clean --data .run-cluster $(ARGS); fi
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache motcua.egg-info
