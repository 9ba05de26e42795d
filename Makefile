# GNU make is everywhere, so it is the task runner. What takes more than a line is in scripts/.
# Every recipe installs what it needs first and says so (scripts/setup.sh).
.DEFAULT_GOAL := help
.PHONY: help run gateway ui test check schemas bench soak fuzz conformance e2e desktop desktop-test release icons fmt lint clean

ARGS ?=
FILTER ?=

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## the desktop app with its tray where there is a display, else the gateway in the foreground (ARGS="--port 18790")
	@scripts/run.sh $(ARGS)

gateway: ## the gateway in the foreground, also where there is a display (ARGS="--port 18790")
	@scripts/run.sh --headless $(ARGS)

ui: ## build the web app that the gateway serves
	@scripts/ui.sh

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

soak: ## a day of traffic in ten minutes: memory and open files must not grow (SOAK_MINUTES=60 for longer)
	@scripts/soak.sh

fuzz: ## fuzz frame, connect and config parsing, 60 s each (ARGS="frame 10")
	@scripts/fuzz.sh $(ARGS)

conformance: ## the official client packages against this gateway
	@scripts/conformance.sh

e2e: ## the web app in Chromium against a running gateway (FILTER=name for a few)
	@scripts/e2e.sh $(FILTER)

desktop: ## the desktop app as a package for this system (Debian: .deb) into target/dist
	@scripts/desktop.sh

desktop-test: ## the desktop app in WebKit, with a tray, a keychain and no screen (Linux; FILTER=name for a few)
	@scripts/desktop-test.sh $(FILTER)

release: ## the release binary, packed with its checksum into target/dist
	@scripts/release.sh

icons: ## draw the icons anew (after a change to icons/draw.mjs)
	@scripts/icons.sh

fmt: ## format the Rust sources and the web app
	@scripts/setup.sh lint
	@cargo fmt --all
	@scripts/ui.sh format

lint: ## clippy, warnings are errors
	@scripts/setup.sh lint cc webkit
	@cargo clippy --workspace --all-targets -- -D warnings

clean: ## remove everything that was built or installed here
	@cargo clean
	@rm -rf fuzz/target fuzz/artifacts tests/conformance/node_modules tests/conformance/node-host/node_modules ui/node_modules ui/dist
