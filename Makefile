# The two commands that matter: `make run` and `make test`.
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PYTHON ?= python3
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q
NODE   := tests/node/node_modules/.installed

.PHONY: run test hunt check format bench screenshots documents install lock clean
.DEFAULT_GOAL := run

run: $(STAMP)
	$(BIN)/daybook demo

test: $(STAMP) $(NODE)
	$(PYTEST)

# Random commands, values and requests for as long as one likes: make hunt EXAMPLES=100000
hunt: EXAMPLES ?= 2000
hunt: $(STAMP)
	EXAMPLES=$(EXAMPLES) $(PYTEST) -m hypothesis

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# On a machine with nothing else to do: make bench JSON=figures.json; or a part: make bench PARTS=relay
bench: $(STAMP)
	$(BIN)/python -m tests.benchmarks $(PARTS) $(if $(JSON),--json $(JSON))

# The pictures of the README, of the pages as they show the demo; needs Chromium.
screenshots: $(STAMP)
	$(BIN)/python -m tests.screenshots

# Every document of the example clinic, and those that are hard to set, with a picture of each page:
# make documents; or some kinds: make documents KINDS="attendance-record census"
documents: $(STAMP)
	$(BIN)/python -m tests.documents documents $(KINDS)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Daybook needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# What only npm has; the tests that need it are left out without it.
$(NODE): tests/node/package-lock.json tests/node/package.json
	@if ! command -v npm >/dev/null; then \
		echo "There is no npm: the tests that need it are left out."; \
	elif (cd tests/node && npm ci --silent); then \
		touch $@; \
	else \
		echo "npm could not install tests/node: the tests that need it are left out."; \
	fi

# Without what only development needs. The tool that builds Daybook's own package goes again.
install:
	@test -n "$(PREFIX)" || { echo "Name a folder for it: make install PREFIX=/opt/daybook"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Daybook needs Python 3.11 or newer; name one with: make install PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(PREFIX)
	$(PREFIX)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-production.lock
	$(PREFIX)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation .
	$(PREFIX)/bin/pip uninstall --quiet --yes setuptools

# Needs `uv` on the path; writes no index address.
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --quiet

lock:
	$(COMPILE) --extra dev -o requirements.lock pyproject.toml
	$(COMPILE) --extra build --no-annotate -c requirements.lock -o requirements-production.lock pyproject.toml

clean:
	rm -rf $(VENV) tests/node/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
