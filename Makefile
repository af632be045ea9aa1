# `make run` and `make test` work on a fresh machine with Python 3.12 or newer: no compiler, and no network beyond
# the installation of packages. `make` alone prepares the environment with every extra.

VENV := .venv
# What the environment must be built again for: the locked packages and this project's own metadata.
STAMP := $(VENV)/.installed
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif

.PHONY: env run test test-all matrix soak lint format lock clean
.DEFAULT_GOAL := env

env: $(STAMP)

# A shim named python3.12 may exist and fail, and python3 may be too old: each candidate has to start and say its version.
$(STAMP): requirements.lock pyproject.toml
	@set -e; \
	fits='import sys; assert sys.version_info >= (3, 12)'; \
	if ! $(BIN)/python -c "$$fits" >/dev/null 2>&1; then \
		found=; \
		for python in "$$PYTHON" python3.13 python3.12 python3.14 python3 python; do \
			if [ -n "$$python" ] && "$$python" -c "$$fits; import venv, ensurepip" >/dev/null 2>&1; then found=$$python; break; fi; \
		done; \
		rm -rf $(VENV); \
		if [ -n "$$found" ]; then "$$found" -m venv $(VENV); \
		elif command -v uv >/dev/null 2>&1; then uv venv --seed --python '>=3.12' $(VENV); \
		else echo 'gpdrift needs Python 3.12 or newer and found none: install one, or name it with make PYTHON=/path/to/python' >&2; exit 2; fi; \
	fi; \
	echo 'Installing packages (about a minute the first time) ...'; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
	touch $(STAMP)

run: env
	$(BIN)/gpdrift run

test: env lint
	$(BIN)/python -m pytest -q -m 'not slow'

test-all: env lint
	$(BIN)/python -m pytest -q

# Both versions of Mesa, each Python here, lowest and highest versions of every dependency: an hour on two cores.
matrix: env
	$(BIN)/python .ci/matrix

# A century of 100,000 people: memory is to grow by the people and the months recorded, and by nothing else.
soak: env
	$(BIN)/python -m pytest -q tests/runs/test_soak.py -s

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: env
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Universal: one lock for Linux, macOS and Windows, Python 3.12 and newer. It names files by hash, never where they came from.
lock:
	uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --all-extras \
		--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
		pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) .venv-matrix .pytest_cache .ruff_cache .mypy_cache .hypothesis
