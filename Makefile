# Needs make, git and Python 3.11 or later; everything else goes into .venv. Another Python: make demo PYTHON=python3.12
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NEEDS := pyproject.toml constraints.txt
DEMO := results/demo
SMOKE := build/smoke
ON_TABLES := cpi|policy-iteration
# A process for each core. Each needs half a gigabyte, and beyond eight they gain little.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist worksteal
INPUTS ?= 1000
KILLS ?= 100
ARITHMETIC := tests/numerics tests/policies tests/algorithms tests/envs tests/training

# Many containers set it. Without cached bytecode each of the hundreds of processes that tests start compiles all modules.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-portable harness lint smoke package site bench figures clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/for-run ## train TRPO with five seeds for a short while and draw the curve
	$(BIN)/rlbench run trpo --env Hopper-v4 --seeds 5 --steps 200k --out $(DEMO)
	$(BIN)/rlbench plot $(DEMO)
	@echo
	@echo "The figure and its numbers are in $(DEMO)/plots. The full length, a million transitions a seed, is:"
	@echo "  $(BIN)/rlbench run trpo --env Hopper-v4 --seeds 5"

test: .venv/for-test ## all tests, but for the long versions of some
	$(PYTEST)

test-all: .venv/for-test ## the long versions, which make test leaves out
	$(PYTEST) -m slow

test-portable: .venv/for-test ## the tests of arithmetic, without the processor's vector instructions
	ATEN_CPU_CAPABILITY=default $(PYTEST) $(ARITHMETIC)

harness: .venv/for-test ## nonsense of every kind, counted: make harness INPUTS=10000 KILLS=1000
	PYTHONPATH=tests $(BIN)/python -m harness --inputs $(INPUTS) --kills $(KILLS)

lint: .venv/for-lint ## ruff, mypy, and no global random state
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tests/global_random_state.py

smoke: .venv/for-run ## every algorithm for a few thousand steps, and a plot
	rm -rf $(SMOKE)
	$(BIN)/rlbench run $$($(BIN)/rlbench list --names | grep -vxE '$(ON_TABLES)') --env InvertedPendulum-v4 \
		--seeds 2 --steps 4096 --out $(SMOKE)
	$(BIN)/rlbench run $$(echo '$(ON_TABLES)' | tr '|' ' ') --env FrozenLake-v1 --seeds 2 --steps 4096 --out $(SMOKE)
	$(BIN)/rlbench plot $(SMOKE)

package: .venv/for-package ## build the wheel, install it into an empty environment and use it there
	$(BIN)/python tests/use_package.py build/package

site: .venv/for-docs ## build the documentation in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "Open build/site/index.html"

bench: .venv/for-run ## how fast it is on this machine
	$(BIN)/rlbench bench

figures: .venv/for-run ## make the pictures and the tables of the docs anew from results/reference
	$(BIN)/python docs/figures/draw.py
	$(BIN)/python benchmarks/reference_tables.py

clean: ## remove what was installed and built here; results stay
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each mark says that what its name is for has been installed since pyproject.toml and constraints.txt last changed.
.venv/for-run: $(NEEDS) | .venv/bin/python
	$(PIP) install -c constraints.txt -e .
	@touch $@

.venv/for-%: $(NEEDS) | .venv/bin/python
	$(PIP) install -c constraints.txt -e '.[$*]'
	@touch $@ .venv/for-run

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "rlbench needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
