# Every command stands on scripts/setup.py, which installs and builds what is missing or out of date and says so.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(PATH):$(HOME)/.cargo/bin
.DEFAULT_GOAL := help
.PHONY: help run test dev setup setup-dev lint lint-python lint-rust lint-web test-rust test-python test-web e2e chaos bench bench-sfu fuzz schemas lock format clean

help: ## list the commands
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: ## install, build and serve on http://localhost:8080
	@$(PYTHON) scripts/setup.py run
	@exec $(BIN)/vivavoce serve $(ARGS)

test: setup-dev ## lint and test everything, browsers included
	@$(BIN)/python scripts/check.py

dev: setup-dev ## serve with reload: Python on save, the web client through Vite on http://localhost:5173
	@$(BIN)/python scripts/dev.py

setup: ## install and build, without starting
	@$(PYTHON) scripts/setup.py run

setup-dev:
	@$(PYTHON) scripts/setup.py dev

lint: setup-dev ## every linter and type checker
	@$(BIN)/python scripts/check.py lint

test-rust: setup-dev ## the media core, with its simulated networks
	@$(BIN)/python scripts/check.py rust

test-python: setup-dev ## kernel, backends and services
	@$(BIN)/python scripts/check.py python

test-web: setup-dev ## the web client's units
	@$(BIN)/python scripts/check.py web

e2e: setup-dev ## real browsers against the whole program
	@$(BIN)/python scripts/check.py e2e

chaos: setup-dev ## shared editing under kill -9, power cuts, drops and reorders (CHAOS_SEEDS=200)
	@$(BIN)/python scripts/check.py chaos

fuzz: setup-dev ## every parser of bytes from strangers, 20 s each (SECONDS=3600 for longer)
	@$(BIN)/python scripts/fuzz.py --seconds $(or $(SECONDS),20)

bench: setup-dev ## the published figures (docs/benchmarks.md)
	@$(BIN)/python bench/run.py

bench-sfu: setup-dev ## our SFU beside Janus and LiveKit, where they are installed, and beside the kernel alone (PEERS="…" PARTS="costs troubles networks" ROUNDS=3)
	@cargo build --release --locked -q -p sfu-sim --bin load-generator --bin sfu-load --bin null-relay
	@$(BIN)/python bench/sfu/run.py $(if $(PEERS),--peers $(PEERS)) $(if $(PARTS),--parts $(PARTS)) $(if $(ROUNDS),--rounds $(ROUNDS))

format: setup-dev ## format all code
	@$(BIN)/ruff format -q src tests scripts bench && $(BIN)/ruff check -q --fix src tests scripts bench
	@cargo fmt --all
	@npm --prefix web run --silent format

schemas: setup-dev ## renew the schemas and types of the socket messages
	@$(BIN)/python -m vivavoce.app.schemas
	@npm --prefix web run --silent protocol

lock: setup-dev ## renew the locked versions of the Python packages
	@$(BIN)/python scripts/lock.py

clean: ## remove everything that was built (not the data)
	rm -rf .venv .build target web/node_modules web/dist
