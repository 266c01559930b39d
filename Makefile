# What a person types. Everything is done by `python -m dev` or by a tool in .venv; see README.md.
PYTHON ?= python3
PYTEST_ARGS ?=
PYTEST_WORKERS ?= 2
PYTEST_SHARING := --dist loadfile --no-loadscope-reorder
BIN := .venv/bin
PACKAGES := accounts aging bench config dev etl_defs sandbox tenants

.DEFAULT_GOAL := help
.PHONY: help up setup test check lint format types contracts templates browser screenshots bench lock

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

up: python-is-there  ## install, start everything on this machine, create and sync the demo companies
	@$(PYTHON) -m dev up $(UP_ARGS)

setup: python-is-there  ## install into .venv only
	@$(PYTHON) -m dev setup

test: setup-tests  ## all tests (PYTEST_ARGS="tests/aging -k overdue" for some of them)
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) $(PYTEST_SHARING) $(PYTEST_ARGS)

check: lint types contracts templates test  ## lint, types, contracts, templates, then the tests

lint: setup-tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: setup-tests  ## rewrite the code in the project's format
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

types: setup-tests
	@$(BIN)/mypy $(PACKAGES) manage.py

contracts: setup-tests
	@$(BIN)/lint-imports

templates: setup-tests
	@$(BIN)/djlint --lint --profile jinja --ignore H015,H043 --per-file-ignores templates/emails/message.html H021 --quiet templates

browser: python-is-there  ## find a Chromium for the browser tests, or install one
	@$(PYTHON) -m dev browser

screenshots: setup-tests  ## pictures of the demo that `make up` runs, into docs/screenshots
	@$(BIN)/python -m dev.screenshots

bench: setup-tests  ## the benchmarks (BENCH_ARGS=--list names them, BENCH_ARGS=fetching runs one)
	@$(BIN)/python -m bench $(BENCH_ARGS)

lock: python-is-there  ## pin requirements*.in again (LOCK_ARGS=--upgrade for newer versions)
	@$(PYTHON) -m dev lock $(LOCK_ARGS)

.PHONY: setup-tests python-is-there
setup-tests: python-is-there
	@$(PYTHON) -m dev setup-tests

python-is-there:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here. Install Python 3.11 or newer, or name one: PYTHON=python3.12 make up" >&2; exit 1; }
