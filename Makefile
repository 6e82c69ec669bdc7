# What a person runs; CI runs the same.
.DEFAULT_GOAL := help
# Of the commit, for nac --version; see Sources/CBuild.
export NAC_COMMIT := $(shell git describe --always --abbrev=10 --dirty=+ --exclude '*' 2>/dev/null)
export NAC_COMMIT_DATE := $(shell git log -1 --format=%cs 2>/dev/null)

.PHONY: help setup build release demo check test integration kernel scenarios sdks schemathesis fuzz conformance bench lint docs clean

help: ## list what can be run
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## install the system libraries that the build needs (Debian)
	@scripts/setup

build: export NAC_TESTING := 1
build: setup ## build everything, tests included, with optimisation: the one configuration that demo and test use
	@scripts/quietly swift build -c release --build-tests

release: setup ## build nac as it is packaged and measured: without what tests need to see inside
	@scripts/quietly swift build -c release --product nac

demo: export NAC_TESTING := 1
demo: setup ## the tutorial for real: platform, application, tool, and as root real packets
	@scripts/demo

check: export NAC_CONFIGURATION := debug
check: ## what to run while editing: unit tests and the scripts, built for debugging
	@scripts/quietly swift build --build-tests
	@scripts/unit-tests
	@$(MAKE) --no-print-directory lint

lint: ## check import directions, sizes, format and language
	@scripts/check-imports
	@scripts/check-sizes
	@scripts/check-text
	@scripts/check-prose

test: build ## every test, integration included
	@scripts/unit-tests --skip LinuxNetworkTests
	@scripts/integration-tests
	@scripts/kernel-tests
	@scripts/check-packaging
	@scripts/check-documents
	@scripts/nokia-sdks
	@scripts/schemathesis --requests 2000

scenarios: build ## what came of each scenario of CAMARA's test plan
	@scripts/scenarios

sdks: build ## Nokia's Python SDKs, unchanged, against nac
	@scripts/nokia-sdks

schemathesis: build ## 10,000 made-up requests against the specifications
	@scripts/schemathesis --requests 10000

fuzz: build ## hostile input for every parser, for a minute each
	@scripts/fuzz 60

conformance: scenarios sdks schemathesis ## all that docs/conformance.md speaks of, at full length

integration: build ## the tests with real processes only
	@scripts/integration-tests

kernel: build ## the Linux network's tests under Debian's own kernel, emulated
	@scripts/kernel-tests
	@scripts/check-packaging
	@scripts/check-documents

bench: release ## measure; see docs/performance.md
	@scripts/bench

docs: setup ## build the SDK's documentation (DocC)
	@scripts/docs

clean: ## remove what was built
	rm -rf .build Benchmarks/.build
