# GNU make is everywhere, so it is the task runner. What takes more than a line is in scripts/.
# Every recipe installs what it needs first and says so (scripts/setup.sh).
.DEFAULT_GOAL := help
.PHONY: help run test check schemas bench fuzz conformance release fmt lint clean

ARGS ?=
FILTER ?=

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## build the gateway and run it in the foreground (ARGS="--port 18790")
	@scripts/setup.sh rust cc
	@cargo run --release --bin postern -- gateway $(ARGS)

test: ## everything the README promises: unit, suite, invariants, docs, conformance (FILTER=name for a few)
	@scripts/test.sh $(FILTER)

check: ## what must hold before a commit: format, lints, docs, licences, then test
	@scripts/check.sh

schemas: ## write schemas/*.json anew from the Rust types, and models/ from them
	@scripts/setup.sh rust cc node
	@UPDATE=1 cargo test --quiet --test suite schema_drift
	@scripts/models.sh

bench: ## measure the release build against the floor (ARGS="--help" for what can be chosen)
	@scripts/bench.sh $(ARGS)

fuzz: ## fuzz frame, connect and config parsing, 60 s each (ARGS="frame 10")
	@scripts/fuzz.sh $(ARGS)

conformance: ## the official client packages against this gateway
	@scripts/conformance.sh

release: ## the release binary, packed with its checksum into target/dist
	@scripts/release.sh

fmt: ## format the Rust sources
	@scripts/setup.sh lint
	@cargo fmt --all

lint: ## clippy, warnings are errors
	@scripts/setup.sh lint cc
	@cargo clippy --workspace --all-targets -- -D warnings

clean: ## remove everything that was built or installed here
	@cargo clean
	@rm -rf fuzz/target fuzz/artifacts tests/conformance/node_modules
