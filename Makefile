# The index of what can be done here. Anything longer than three lines is a command of `cargo xtask` (xtask/src).
ARGS ?=
# The compiler of rust-toolchain.toml; where rustup cannot have it, the machine's own.
ifneq ($(shell rustc --version >/dev/null 2>&1 && echo yes),yes)
export RUSTUP_TOOLCHAIN := $(shell rustup default | cut -d' ' -f1)
endif
BIN = $(or $(CARGO_TARGET_DIR),target)/release/whereabouts

help: ## this list
	@sed -n 's/^\([a-z0-9]*\):.*## /  make \1\t/p' Makefile | expand -t 16

run: build ## build what changed and start the server: make run ARGS="--demo"
	@exec $(BIN) $(ARGS)

build: ## the program, with all that it serves inside: target/release/whereabouts
	@cargo xtask build --release

test: ## all tests: pure, store, server, DynamoDB, browser (installs what is missing)
	@cargo xtask test

check: ## format, lints, rooms, supply chain, documents
	@cargo xtask check

fmt: ## format all Rust
	@cargo fmt --all

e2e: ## the browser tests alone
	@cargo xtask e2e

bench: ## the benchmarks
	@cargo xtask bench

sqlx: ## write .sqlx anew, after a change of a query or a migration
	@cargo xtask sqlx

watch: ## build and reload at each change (installs cargo-leptos if missing)
	@cargo leptos --version >/dev/null 2>&1 || cargo install cargo-leptos --version 0.3.10 --locked
	@cargo xtask assets
	@cargo leptos watch

clean: ## remove all that was built or fetched
	@cargo clean
	@rm -rf node_modules public/vendor end2end/node_modules end2end/test-results end2end/playwright-report

.PHONY: help run build test check fmt e2e bench sqlx watch clean
