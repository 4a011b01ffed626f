# Daemun's commands. `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: help run watch build release test test-mysql test-upgrade check looks bench profile soak cluster requirements lint format

ENV := scripts/with-env

help: ## list the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## set up what is missing, build, serve on http://localhost:3000
	@exec target/debug/daemun serve

watch: ## serve, and build again at every change
	@scripts/setup watch
	@CARGO_TARGET_DIR=target/watch $(ENV) cargo leptos watch

build: ## the development build: target/debug/daemun, with simulated providers
	@scripts/setup run
	@scripts/build debug

release: ## the release build: target/release/daemun, one file, without anything for development
	@scripts/setup run
	@scripts/build release

test: ## everything that CI runs: lints, Rust tests on SQLite and MariaDB, browser tests
	@scripts/setup test
	@$(ENV) scripts/test

test-mysql: ## all tests that use a database, and some browser tests, on Oracle's MySQL and under the rules of clusters
	@scripts/setup test
	@$(ENV) scripts/test-mysql

test-upgrade: ## the previous release beside this one, on one database
	@scripts/test-upgrade

check: ## formatting, documents, lints, and the tests of the crates that changed: while you work
	@scripts/setup run
	@$(ENV) scripts/check

looks: ## screenshots of every page in both languages, both themes and both widths: end2end/screenshots
	@scripts/setup test
	@scripts/build debug
	@cd end2end && DAEMUN_LOOKS=1 ../$(ENV) npx playwright test scenes error-pages dev-mail

bench: ## measure everything; scripts/bench lists the benches, `scripts/bench table` writes docs/performance.md
	@scripts/bench

profile: ## the most expensive functions of one path: make profile ADDRESS=/oauth2/token
	@scripts/bench instructions "$(ADDRESS)"

soak: ## long runs: a cluster whose parts fail, odd texts, tests in random order, both ways to build; about two hours
	@scripts/soak

cluster: ## three replicas behind nginx on this machine, with MySQL and three Kafka brokers; prints where to look
	@scripts/setup bench
	@DAEMUN_FEATURES=kafka scripts/build debug
	@scripts/cluster

requirements: ## write docs/security-requirements.md from the names of the tests
	@scripts/setup run
	@UPDATE=1 $(ENV) cargo test --quiet --package testkit --test requirements

lint: ## only formatting, documents, words and lints
	@scripts/setup run
	@$(ENV) cargo fmt --all --check
	@scripts/lint-docs
	@scripts/lint-words
	@$(ENV) cargo clippy --workspace --exclude frontend --all-targets --quiet -- --deny warnings
	@$(ENV) cargo clippy --package frontend --lib --target wasm32-unknown-unknown --quiet -- --deny warnings

format: ## format the sources
	@$(ENV) cargo fmt --all
