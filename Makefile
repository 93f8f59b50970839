# Kozue: two commands are all a newcomer needs: `make tour` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Threads of the numeric libraries: results do not depend on it, and a laptop stays usable.
export OMP_NUM_THREADS ?= 1

.PHONY: tour test lint types imports browser cluster slow docs bench licences clean help

help:
	@echo "make tour   install, then design analogues of a known drug around its core and show the report"
	@echo "make test   install, then run the fast tests"
	@echo "make lint types imports docs browser cluster slow   the other checks"
	@echo "make bench  print every goal figure with its measured value"

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.installed: pyproject.toml hatch_build.py package.json package-lock.json | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml hatch_build.py package.json package-lock.json | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev,cluster]'
	@touch $@ $(VENV)/.installed

tour: $(VENV)/.installed
	$(BIN)/kozue tour --output tour

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not browser and not cluster"

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

imports: $(VENV)/.installed-dev
	$(BIN)/lint-imports

docs: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests/docs -q

browser: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m browser

# Ray looks for the machine's own addresses; in a namespace with a loopback only it stays by itself.
cluster: $(VENV)/.installed-dev
	unshare --map-root-user --net sh -c 'ip link set lo up && exec $(BIN)/python -m pytest -m cluster'

slow: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m "slow and not browser and not cluster"

bench: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/run_all.py

licences: $(VENV)/.installed-dev
	$(BIN)/python docs/licences.py

clean:
	rm -rf $(VENV) build dist tour benchmarks/out test-artifacts .pytest_cache .mypy_cache .ruff_cache .hypothesis
