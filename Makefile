# Everything a person does with the desk. Needs Python 3.11 or newer, pip and make; nothing else.
PYTHON ?= python3
# The tests wait for servers more than they compute: two files at a time halve the wait on two cores.
WORKERS ?= 2
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export ATENDIMENTO_BEGAN := $(shell date +%s.%N)

# What is installed is a function of these two files: the stamp bears their checksum.
STAMP := .venv/.installed-$(shell cat requirements.lock pyproject.toml | cksum | cut -d' ' -f1)
UV := PYTHONPATH=.boot .boot/bin/uv
IN := .venv/bin/

.PHONY: run test lint bench demo faults clean help install

run: install ## Start the whole desk on this machine; Ctrl-C stops it
	@ATENDIMENTO_INSTALLED=$$(date +%s.%N) exec $(IN)python -m deploy.local

test: install ## Every test, against real NATS and PostgreSQL
	@$(IN)python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: install ## ruff, its formatter, mypy --strict, import-linter
	@$(IN)ruff check --quiet .
	@$(IN)ruff format --quiet --check .
	@$(IN)mypy --no-error-summary
	@out=$$($(IN)lint-imports --no-logo 2>&1) || { echo "$$out"; exit 1; }

bench: install ## Measure the figures of bench/README.md (QUICK=1: smaller counts)
	@QUICK=$(QUICK) exec $(IN)python -m bench

demo: install ## Two scripted minutes on a running desk with an accelerated clock
	@exec $(IN)python -m deploy.demo

faults: install ## A campaign of faults under load: ROUNDS=10 SEED=1
	@exec $(IN)python -m tests.faults.campaign $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SEED),--seed $(SEED))

clean: ## Remove what was installed and the caches; the desk's data in .local/ stay
	@rm -rf .boot .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r target what; do \
	    printf '  %-12s %s\n' "$$target" "$$what"; done

install: $(STAMP)

$(STAMP): | .boot/bin/uv
	@$(PYTHON) deploy/python_version.py
	@$(UV) venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv
	@$(UV) pip install --quiet --compile-bytecode --python .venv/bin/python --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
	@rm -f .venv/.installed-*
	@touch $@

.boot/bin/uv:
	@$(PYTHON) deploy/python_version.py
	@$(PYTHON) -m pip install --quiet --root-user-action=ignore --upgrade --target .boot uv
