# The only commands to know. Each sets up .venv by itself; a machine needs Python 3.11, make and a C++ compiler.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PEERS  := $(VENV)/.bench-ready
STUB   := src/recurra/kernels/_compiled.pyi
DOCS   := $(VENV)/.docs-ready

.PHONY: demo test test-page browser check format bench docs course sanitize fuzz clean

$(READY): pyproject.toml constraints.txt CMakeLists.txt $(wildcard csrc/*)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

$(PEERS): $(READY)
	PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench,keras]'
	touch $@

$(DOCS): $(READY)
	PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	touch $@

demo: $(READY)                 ## train a small model for about two minutes and let it write
	$(BIN)/python examples/demo.py

test: $(READY)                 ## all tests, a process a core, up to 4; a test that is about threads asks for them
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile

test-page: $(READY) browser    ## the page's tests alone, in a browser
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/page

browser:                       ## the browser of the page's tests, from Debian's packages where there is none; asks for the superuser
	@command -v chromium || command -v chromium-browser || command -v google-chrome || \
		{ APT="$$(test $$(id -u) = 0 || echo sudo) env DEBIAN_FRONTEND=noninteractive apt-get"; \
		$$APT update && $$APT install --yes chromium fonts-noto-cjk; }

build/_compiled.pyi: $(READY)  # the types of the compiled module, as nanobind reads them off
	mkdir -p build
	$(BIN)/python -m nanobind.stubgen --quiet --module recurra.kernels._compiled --output-file $@
	$(BIN)/ruff format --quiet $@

check: $(READY) build/_compiled.pyi  ## format, lint, types, floors
	$(BIN)/clang-format --dry-run -Werror csrc/*.h csrc/*.cpp
	diff --unified $(STUB) build/_compiled.pyi
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) build/_compiled.pyi  ## let ruff and clang-format mend what they can, and write the stub anew
	cp build/_compiled.pyi $(STUB)
	$(BIN)/clang-format -i csrc/*.h csrc/*.cpp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(PEERS)                ## speed side by side with other libraries and plain PyTorch
	$(BIN)/python benchmarks/layers.py --markdown docs/benchmarks.md
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/writing.py

docs: $(DOCS)                  ## the documentation as a site in build/docs, with the course, whose code it runs; warnings are errors
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --builder html docs build/docs

course: $(READY)               ## run the course, so that the page of `recurra serve` shows what its code shows; a minute or two
	PYTHONPATH=docs/course $(BIN)/python -m course_builder build/course

sanitize: $(READY)             ## the kernels' tests under AddressSanitizer and UndefinedBehaviorSanitizer
	PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check cmake ninja nanobind
	PATH="$(CURDIR)/$(BIN):$$PATH" cmake -S . -B build/sanitize -G Ninja -DRECURRA_SANITIZE=ON -DPython_EXECUTABLE=$(CURDIR)/$(BIN)/python \
		-Dnanobind_DIR=$$($(BIN)/python -m nanobind --cmake_dir)
	PATH="$(CURDIR)/$(BIN):$$PATH" cmake --build build/sanitize
	LD_PRELOAD="$$($(CXX) -print-file-name=libasan.so) $$($(CXX) -print-file-name=libubsan.so)" \
		ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
		$(BIN)/python tests/sanitize.py build/sanitize/_compiled*.so tests/kernels -p no:faulthandler

fuzz: $(READY)                 ## spoil files of every format, 30,000 times or for 25 minutes; counts by outcome
	$(BIN)/python tests/fuzz.py

clean:
	rm -rf $(VENV) build
