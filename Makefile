# Daemun's commands. `make` alone lists them.

export PATH := /usr/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help test

help: ## list the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

test: ## run all tests, stores on SQLite and on a MariaDB of their own
	@scripts/with-mariadb cargo test --workspace
