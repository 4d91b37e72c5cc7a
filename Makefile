# Dataflow. `make help` lists what can be done; nothing needs to be prepared before any of it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

WEB    := dia-flow-web
VENV   := .venv
DATA   ?= .data
GOLANGCI_VERSION := v2.15.0

# What a newer state of is a reason to build the web again; tests are not.
WEB_SRC := $(shell find $(WEB)/src $(WEB)/public $(WEB)/index.html $(WEB)/*.ts $(WEB)/*.cjs -type f ! -name '*.test.*' 2>/dev/null)

# Servers that tests start and that Debian does not have. Each folder of testservers is a module whose tools they are, or
# names the jars of one.
SERVERS := $(patsubst testservers/%/go.mod,bin/servers/.%,$(wildcard testservers/*/go.mod)) $(patsubst testservers/%/pom.xml,bin/servers/.%,$(wildcard testservers/*/pom.xml))

# See docs/adr/0007.
RACE := -race -gcflags=modernc.org/sqlite/lib=-race=false

export CGO_ENABLED := 1
# For all that is compiled, so that it is compiled once.
export GOFLAGS += -trimpath

.PHONY: help
help: ## List the targets
	@sed -nE 's/^([a-z][a-z0-9-]*):.*## (.*)/  make \1|\2/p' Makefile | column -t -s '|'

.PHONY: run
run: build ## Build everything and start it on http://localhost:3000 with the examples (DATAFLOW_ADDR, DATA)
	@exec bin/dataflow serve --examples examples --data "$(DATA)" --python $(VENV)/bin/python

.PHONY: build
build: bin/.toolchain $(WEB)/dist/index.html $(VENV)/.runtime bin/dataflow ## Build the web, the Python environment and bin/dataflow

.PHONY: bin/dataflow
bin/dataflow: bin/.toolchain $(WEB)/dist/index.html
	@go build -o bin/dataflow ./cmd/dataflow

.PHONY: test
test: test-go test-python test-web test-e2e ## Run all tests: Go with the race detector, Python, web, and end to end in Chromium

# The benches have no tests, and one links what it is compared with: lint compiles them. Three packages at a time, for
# some wait.
.PHONY: test-go
test-go: bin/.toolchain servers $(VENV)/.runtime $(WEB)/dist/index.html ## Run the Go tests
	DATAFLOW_PYTHON="$(abspath $(VENV))/bin/python" go test $(RACE) -timeout 20m -p 3 $$(go list ./... | grep -v '^dataflow/bench')

.PHONY: test-python
test-python: $(VENV)/.dev ## Run the Python tests
	$(VENV)/bin/python -m pytest -q -n 3 coderunner

.PHONY: test-web
test-web: $(WEB)/node_modules/.installed ## Run the web's unit tests
	npm --prefix $(WEB) test

.PHONY: test-e2e
test-e2e: bin/.toolchain $(WEB)/dist/index.html $(VENV)/.runtime bin/.chromium bin/.databases ## Run the tests in a browser against the binary, with the race detector
	go build $(RACE) -ldflags="-s -w" -o bin/dataflow-race ./cmd/dataflow
	DATAFLOW_BIN="$(abspath bin/dataflow-race)" DATAFLOW_PYTHON="$(abspath $(VENV))/bin/python" npm --prefix $(WEB) run e2e

.PHONY: servers
servers: bin/.databases $(SERVERS) ## Install and build the servers that tests start

# With -trimpath, what Go's cache keeps of a cgo file names the clone it was first compiled in, and that may be gone.
.PHONY: lint
lint: bin/golangci-lint-$(GOLANGCI_VERSION) $(VENV)/.dev $(WEB)/node_modules/.installed $(WEB)/dist/index.html ## Check style, types and the walls between packages
	GOFLAGS="$(filter-out -trimpath,$(GOFLAGS))" bin/golangci-lint-$(GOLANGCI_VERSION) run
	$(VENV)/bin/ruff check coderunner
	$(VENV)/bin/ruff format --check coderunner
	$(VENV)/bin/mypy --config-file coderunner/pyproject.toml coderunner
	npm --prefix $(WEB) run lint

.PHONY: generate
generate: bin/.toolchain $(WEB)/node_modules/.installed ## Write the OpenAPI document, the web's client and the node reference anew
	go run ./cmd/dataflow openapi > bin/openapi.json
	mv bin/openapi.json api/openapi.json
	go run ./cmd/dataflow nodes --json > bin/nodes.json
	go run ./cmd/dataflow nodes --markdown > bin/nodes.md
	mv bin/nodes.md docs/nodes.md
	go run ./cmd/dataflow nodes --markdown --language zh > bin/nodes_zh.md
	mv bin/nodes_zh.md docs/nodes_zh.md
	npm --prefix $(WEB) run generate

.PHONY: verify
verify: bin/.toolchain $(WEB)/node_modules/.installed ## Check that what is generated is up to date and the modules are what they were
	go mod verify
	go run ./cmd/dataflow openapi > bin/openapi.json
	@diff -u api/openapi.json bin/openapi.json || { echo "api/openapi.json is stale: run make generate and commit it." >&2; exit 1; }
	go run ./cmd/dataflow nodes --json > bin/nodes.json
	go run ./cmd/dataflow nodes --markdown > bin/nodes.md
	@diff -u docs/nodes.md bin/nodes.md || { echo "docs/nodes.md is stale: run make generate and commit it." >&2; exit 1; }
	go run ./cmd/dataflow nodes --markdown --language zh > bin/nodes_zh.md
	@diff -u docs/nodes_zh.md bin/nodes_zh.md || { echo "docs/nodes_zh.md is stale: run make generate and commit it." >&2; exit 1; }
	go run ./internal/forms/verify
	npm --prefix $(WEB) run verify

.PHONY: bench
bench: build ## Print the figures
	go run ./bench first

.PHONY: clean
clean: ## Remove what was built, but not the data
	rm -rf bin $(WEB)/dist/assets $(WEB)/dist/index.html $(WEB)/node_modules $(VENV)

# What has to be there before. Each leaves a file behind, so that it is done once.

bin/.toolchain: scripts/setup.sh go.mod
	@scripts/setup.sh go cc
	@mkdir -p bin && touch $@

bin/.chromium: scripts/setup.sh
	@scripts/setup.sh chromium
	@mkdir -p bin && touch $@

# Servers that tests start for themselves.
bin/.databases: scripts/setup.sh
	@scripts/setup.sh databases
	@mkdir -p bin && touch $@

bin/servers/.%: testservers/%/go.mod testservers/%/go.sum | bin/.toolchain
	@mkdir -p bin/servers
	cd testservers/$* && GOBIN="$(abspath bin/servers)" go install tool
	@touch $@

bin/servers/.ferretdb: testservers/ferretdb/main.go

bin/servers/.%: testservers/%/pom.xml | scripts/setup.sh
	@scripts/setup.sh java
	@rm -rf bin/servers/$* && mkdir -p bin/servers
	mvn --batch-mode --quiet --strict-checksums --file $< dependency:copy-dependencies -DoutputDirectory="$(abspath bin/servers/$*)"
	@touch $@

$(WEB)/node_modules/.installed: $(WEB)/package-lock.json scripts/setup.sh
	@scripts/setup.sh node
	npm --prefix $(WEB) install --no-save --no-audit --no-fund --loglevel=error
	@touch $@

$(WEB)/dist/index.html: $(WEB)/node_modules/.installed $(WEB_SRC)
	npm --prefix $(WEB) run build
	@touch $@

$(VENV)/.made:
	@scripts/setup.sh python
	python3 -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.made coderunner/requirements.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r coderunner/requirements.lock
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime coderunner/requirements-dev.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r coderunner/requirements-dev.lock
	@touch $@

bin/golangci-lint-%: bin/.toolchain
	GOBIN="$(abspath bin)" go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$*
	@mv bin/golangci-lint $@
