# What a person runs; CI runs the same.
.DEFAULT_GOAL := help
BUILD := .build/debug
RELEASE := .build/release

.PHONY: help setup build release demo check test integration kernel scenarios sdks schemathesis fuzz conformance bench lint docs clean

help: ## list what can be run
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## install the system libraries that the build needs (Debian)
	@scripts/setup

build: setup ## build everything, for debugging
	@scripts/quietly swift build --build-tests

release: setup ## build nac and the example with optimisation
	@scripts/quietly swift build -c release --product nac

demo: setup ## the tutorial for real: platform, application, tool, and as root real packets
	@scripts/demo

check: ## what to run while editing: unit tests and the scripts
	@scripts/quietly swift build --build-tests
	@scripts/unit-tests
	@$(MAKE) --no-print-directory lint

lint: ## check import directions, sizes, format and language
	@scripts/check-imports
	@scripts/check-sizes
	@scripts/check-text

test: build release ## every test, integration included
	@scripts/unit-tests
	@scripts/integration-tests
	@scripts/kernel-tests
	@scripts/nokia-sdks
	@scripts/schemathesis --requests 2000

scenarios: build ## what came of each scenario of CAMARA's test plan
	@scripts/scenarios

sdks: release ## Nokia's Python SDKs, unchanged, against nac
	@scripts/nokia-sdks

schemathesis: release ## 10,000 made-up requests against the specifications
	@scripts/schemathesis --requests 10000

fuzz: build ## hostile input for every parser, for a minute each
	@scripts/fuzz 60

conformance: scenarios sdks schemathesis ## all that docs/conformance.md speaks of, at full length

integration: build release ## the tests with real processes only
	@scripts/integration-tests

kernel: build release ## the Linux network's tests under Debian's own kernel, emulated
	@scripts/kernel-tests

bench: release ## measure; see docs/performance.md
	@scripts/bench

docs: setup ## build the SDK's documentation (DocC)
	@scripts/docs

clean: ## remove what was built
	rm -rf .build Benchmarks/.build
