.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SCALE ?= sample

export DO_NOT_TRACK := 1

.PHONY: help
help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $@

.PHONY: env
env: $(VENV)/.installed ## Make the Python environment in .venv

.PHONY: build
build: env ## Build, check and publish the marts (SCALE=sample or demo)
	$(BIN)/streaming build --scale $(SCALE)

.PHONY: duckdb
duckdb: env ## Build the marts into one file, without a server (SCALE as for build)
	$(BIN)/streaming build --target duckdb --scale $(SCALE)

.venv-spark/.installed: requirements-spark.lock pyproject.toml
	$(PYTHON) -m venv .venv-spark
	.venv-spark/bin/python -m pip install --quiet --no-deps --require-hashes --requirement requirements-spark.lock
	.venv-spark/bin/python -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $@

.PHONY: spark-env
spark-env: .venv-spark/.installed ## Make the environment of Spark in .venv-spark (needs Java 17)

.PHONY: test-spark
test-spark: spark-env ## Build the sample on a Spark cluster here, and compare with DuckDB
	.venv-spark/bin/pytest tests/python/spark

.venv-superset/.installed: requirements-superset.lock
	$(PYTHON) -m venv .venv-superset
	.venv-superset/bin/python -m pip install --quiet --no-deps --require-hashes --requirement requirements-superset.lock
	@touch $@

.PHONY: superset
superset: env .venv-superset/.installed ## Show what is built in Superset, and compare with the marts
	PYTHONPATH=tests/python $(BIN)/python -m superset .venv-superset/bin/superset

.PHONY: lint
lint: env ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/ty check
	$(BIN)/deptry .
	@$(MAKE) --no-print-directory lint-sql

.PHONY: lint-sql
lint-sql: env ## Check the style of SQL
	@mkdir -p .warehouse/profiles && cp profiles.yml.example .warehouse/profiles/profiles.yml
	@$(BIN)/streaming warehouse start
	eval "$$($(BIN)/streaming warehouse env)" && \
		find models analyses tests/macros tests/marts tests/warnings -name '*.sql' \
		| xargs -P 2 -n 60 $(BIN)/sqruff lint
	$(BIN)/sqruff --config .sqruff-queries lint python/streaming_analytics/report/queries

.PHONY: test
test: lint ## Pass every check
	$(BIN)/pytest -n auto --max-worker-restart 0

.PHONY: generated
generated: env ## Write the committed files anew that are made from the contracts
	$(BIN)/streaming docs --erd
	$(BIN)/streaming bi all --host 127.0.0.1 --port 5432 --database streaming \
		--out docs/dashboards

.PHONY: laboratory
laboratory: env ## Break models and shuffle data, ten times as often as the tests do
	LABORATORY=whole $(BIN)/pytest tests/python/laboratory tests/python/increments \
		tests/python/loading/test_raw_folders.py

.PHONY: faults
faults: env ## Write into docs/faults.md anew what becomes of each fault
	PYTHONPATH=tests/python $(BIN)/python -m faults

.PHONY: pictures
pictures: env ## Take the README's pictures anew, from what is built
	PYTHONPATH=tests/python $(BIN)/python -m pictures

.PHONY: lock
lock: ## Pin the newest versions that resolve together (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
		--no-header --group dev pyproject.toml --output-file requirements.lock
	sed -n 's/^\([^ #]*==[^\\]*\).*/\1/p' requirements.lock > .constraints
	uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
		--no-header --extra spark --group spark --constraint .constraints \
		pyproject.toml --output-file requirements-spark.lock
	rm .constraints
	uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
		--no-header --group superset --output-file requirements-superset.lock

.PHONY: clean
clean: ## Stop the embedded PostgreSQL and remove everything that was made
	-$(BIN)/streaming warehouse remove --yes
	rm -rf .warehouse .data site target logs spark $(VENV) .venv-spark .venv-superset
