# `make` alone lists the targets. `make ci` is what the build server runs, in the same order.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

KULANZ_TOOLS ?= $(HOME)/.cache/kulanz/tools
export KULANZ_TOOLS
export PATH := $(KULANZ_TOOLS)/bin:$(HOME)/.cargo/bin:$(PATH)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## start the whole constellation in one process with sample data
	@scripts/ensure.sh run
	cargo run --package kulanz -- dev --sample

.PHONY: test
test: ## run every Rust test, on SQLite and on a private PostgreSQL with Redis
	@scripts/ensure.sh test
	cargo test --workspace --lib --tests

.PHONY: fmt
fmt: ## format the Rust and protobuf sources
	@scripts/tools.sh buf
	cargo fmt --all
	buf format --write proto

.PHONY: lint
lint: check-format check-scripts check-proto check-dependencies clippy ## every static check

# Each bench adds its rows; KULANZ_BENCH_ROWS says how many rows are imported instead of a million.
BENCH_TABLE := $(CURDIR)/target/bench.txt

.PHONY: bench
bench: export KULANZ_BENCH_TABLE := $(BENCH_TABLE)
bench: ## measure what experiments show, then import, reads and events beside their bare counterparts
	@scripts/ensure.sh test
	@mkdir -p target && rm -f $(BENCH_TABLE)
	cargo bench --package kulanz-statistics --bench evidence
	cargo bench --package kulanz-policy --bench policy
	cargo bench --package kulanz-tests --bench pairs
	@cat $(BENCH_TABLE)

.PHONY: manifests
manifests: ## render deploy/kubernetes/kulanz.yaml from the chart
	@scripts/tools.sh helm
	scripts/manifests.sh

.PHONY: helm-test
helm-test: ## lint the chart, render every example, validate against Kubernetes' schemas
	@scripts/tools.sh helm kubernetes-validate
	scripts/chart.sh
	scripts/manifests.sh --check

.PHONY: grpc-test
grpc-test: ## call a running constellation from outside with grpcurl
	@scripts/ensure.sh run
	@scripts/tools.sh grpcurl || scripts/tools.sh buf
	tests/grpcurl/run.sh

.PHONY: tools
tools: ## install the pinned tools (grpcurl, helm, buf, kubernetes-validate, cargo-deny)
	@scripts/ensure.sh ci
	scripts/tools.sh grpcurl helm buf kubernetes-validate cargo-deny

.PHONY: ci
ci: packages check-format check-scripts check-proto helm-test check-dependencies clippy test grpc-test ## everything that must pass, cheapest first

.PHONY: packages
packages:
	@scripts/ensure.sh ci

.PHONY: check-format
check-format:
	cargo fmt --all --check

.PHONY: check-scripts
check-scripts:
	shellcheck --external-sources .ci/run scripts/*.sh tests/grpcurl/*.sh

.PHONY: check-proto
check-proto:
	@scripts/tools.sh buf
	buf lint proto
	@scripts/breaking.sh

.PHONY: check-dependencies
check-dependencies:
	@scripts/tools.sh cargo-deny
	cargo deny --all-features check bans licenses sources
	@scripts/advisories.sh

.PHONY: clippy
clippy:
	cargo clippy --workspace --all-targets -- -D warnings
