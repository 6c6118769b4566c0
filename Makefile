# The index of tasks: `make` lists them. All of them work on a fresh clone and do only what is left to do.
# Everything is installed into .venv from the hashed locks in requirements/; nothing outside the checkout is
# touched, but for the programs the tests run against (requirements/system-packages.sh; NO_APT=1 leaves it out).

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
SPEED ?= 60
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-virtualenv
# Stamps lie inside the environment: removing .venv forgets them all.
RUN := $(VENV)/.installed-run
TEST := $(VENV)/.installed-test
NODE := $(VENV)/.installed-node

.PHONY: help
help: ## list these tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(RUN) dashboard ## a rally on this machine, in a browser (SPEED=60, ARGS=…)
	$(BIN)/rallykeeper demo --speed $(SPEED) $(ARGS)

.PHONY: install
install: $(RUN) dashboard ## the environment, the dashboard and the `rallykeeper` command

.PHONY: dashboard
dashboard: $(NODE)
	@$(BIN)/python dashboard/web/hatch_build.py

.PHONY: test
test: $(TEST) dashboard system-packages ## all tests: the pages' own, the service's, and both together in a browser
	$(BIN)/python dashboard/web/hatch_build.py --npm test
	$(BIN)/pytest --ignore=tests/browser $(ARGS)
	$(BIN)/pytest tests/browser $(ARGS)

.PHONY: system-packages
system-packages:
	@./requirements/system-packages.sh

.PHONY: check
check: check-static quick ## lint, types, import rules and the tests without a browser

.PHONY: check-static
check-static: lint types imports

.PHONY: quick
quick: $(TEST)
	$(BIN)/pytest --ignore=tests/browser --quiet $(ARGS)

.PHONY: lint
lint: $(TEST) ## style and likely bugs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: $(TEST) ## strict types, tests included
	$(BIN)/mypy

.PHONY: imports
imports: $(TEST) ## the direction of imports
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: $(TEST) ## rewrite the code in the project's style
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

.PHONY: soak
soak: $(TEST) dashboard ## hours compressed into minutes: memory and lag
	$(BIN)/pytest -m soak $(ARGS)

# A bench is a file of tests/bench; those with a _ in their name are its helpers.
.PHONY: bench
bench: $(TEST) dashboard ## measure throughput and delay on this machine (tests/bench)
	@for file in tests/bench/*.py; do name=$$(basename $$file .py); case $$name in *_*) continue; esac; \
		echo "== $$name"; $(BIN)/python -m tests.bench.$$name $(ARGS) || exit 1; done

.PHONY: build
build: $(TEST) dashboard ## a wheel with the dashboard in it, in dist/
	SKIP_DASHBOARD_BUILD=1 $(BIN)/python -m pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

.PHONY: docs
docs: $(RUN) ## write docs/rules.md and docs/devices.md anew from the presets and the code
	$(BIN)/python -m timing.presets.rulebook docs/rules.md
	$(BIN)/python -m devices.device_book docs/devices.md

.PHONY: lock
lock: $(TEST) ## write requirements/*.txt anew from pyproject.toml
	command -v uv >/dev/null || $(PIP) uv
	PATH="$(CURDIR)/$(BIN):$$PATH" ./requirements/lock.sh

.PHONY: clean
clean: ## remove everything that was built or installed here
	rm -rf $(VENV) dist build dashboard/static dashboard/web/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; } # half an environment would be taken for a whole one

# The package itself is installed last and editable: one line that points at this checkout. The dashboard is
# built by its own task, which sees whether that is needed.
$(RUN): requirements/run.txt pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes --requirement requirements/run.txt
	SKIP_DASHBOARD_BUILD=1 $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(TEST): requirements/test.txt $(RUN)
	$(PIP) --require-hashes --requirement requirements/test.txt
	@touch $@

$(NODE): requirements/node.txt $(RUN)
	@if $(BIN)/python dashboard/web/hatch_build.py --needs-node; then \
		$(PIP) --require-hashes --requirement requirements/node.txt; fi
	@touch $@
