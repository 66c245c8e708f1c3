# The only commands to know. Each sets up .venv by itself; a machine needs Python 3.11, make and a C++ compiler.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: demo test check format bench clean

$(READY): pyproject.toml constraints.txt CMakeLists.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(READY)                 ## train a small model for about two minutes and let it write
	$(BIN)/python examples/demo.py

test: $(READY)                 ## all tests
	$(BIN)/python -m pytest

check: $(READY)                ## format, lint, types, floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)               ## let ruff mend what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)                ## speed side by side with plain PyTorch
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/writing.py

clean:
	rm -rf $(VENV) build
