# The commands of this project. Each builds the environment it needs, once, in .venv.
#
#   make demo                    a finished piece from the shipped film, and a page that shows it
#   make test ARGS="-k span"     the tests; ARGS goes to pytest (--slow adds the long ones)

PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
READY  := $(VENV)/.stamp
ARGS   ?=

# One thread a process: the tests and renders run side by side, and results must not depend on the machine.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
# What a shell around us set for another Python must not reach ours.
unexport PYTHONHOME
unexport PYTHONPATH
unexport VIRTUAL_ENV

.DEFAULT_GOAL := help
.PHONY: help demo test bench lint clean distclean
.DELETE_ON_ERROR:

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(READY) ## make the finished piece in demo-out/ and print the path of its page
	@$(PY) demo/make.py $(ARGS)

test: $(READY) ## run the tests (ARGS="--slow -k words" goes to pytest)
	@$(PY) -m pytest -n auto $(ARGS)

lint: $(READY) ## check style and types
	@$(PY) -m ruff check .
	@$(PY) -m mypy

bench: $(READY) ## measure against the peers, into benchmarks/results/ (ARGS=--quick: under a minute)
	@failed=0; for script in benchmarks/[a-z]*.py; do \
	  [ -e "$$script" ] || { echo "there is no benchmark yet"; break; }; \
	  name=$$(basename "$$script" .py); echo "== $$name"; \
	  $(PY) "$$script" --json "benchmarks/results/$$name.json" $(ARGS) || failed=1; \
	done; exit $$failed

clean: ## remove what was made, but not the environment
	rm -rf demo-out build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path ./$(VENV) -prune -o -path ./.git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove the environments as well
	rm -rf $(VENV) .bench

# sys._base_executable: a python3 of some virtual environment on the PATH stands for the one that it was made from.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, got " + sys.version.split()[0] + ". Name one: make PYTHON=python3.12")'
	@echo "building the environment in $(VENV) (once, some minutes)"
	@"$$($(PYTHON) -c 'import sys; print(sys._base_executable)')" -m venv $(VENV) \
	  || { echo "Python's venv module is needed; on Debian it is the package python3-venv."; exit 1; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-input -c constraints.txt -e '.[dev,dream]'
	@touch $@
