# The default build needs no C compiler; the race detector does.
export CGO_ENABLED ?= 0

GO            ?= go
FUZZTIME      ?= 20s
SEEDS         ?= 40
GOLANGCI_LINT ?= github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# Packages with goroutines of their own: these run under the race detector.
RACE_BT   = announce client content files lsd piecehash pipeline portmap stream transport webseed webtorrent
RACE_PKGS = ./ledger ./ledger/store ./bt $(addprefix ./bt/,$(RACE_BT)) $(shell $(GO) list ./ext/... | grep -v /ext/sim) ./tui ./cmd/internal/...

.PHONY: all build demo test sim race fuzz bench bench-size bench-swarm nightly lint fmt clean

all: build

build: ## the ttx binary, in bin/
	$(GO) build -o bin/ttx ./cmd/ttx

demo: ## the main job: a private network on this machine, from start to end
	$(GO) run ./cmd/ttx demo --plain

test: ## all tests; the interoperability tests need the Debian packages of .ci/run
	$(GO) vet ./...
	$(GO) test -p 2 -timeout 15m ./...

sim: ## conflicts, forkers and partitions in simulated networks, with SEEDS seeds each
	$(GO) test -v -timeout 60m -run 'Conflicts|Forkers|Lonely|Payments' ./ext/sim -seeds $(SEEDS)

# The scripts of commands open wallets by scrypt, whose loops take ten times as
# long there and have one goroutine.
race: ## the concurrent packages under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -p 1 -timeout 20m -skip '^TestScripts$$' $(RACE_PKGS)
	CGO_ENABLED=1 $(GO) test -race -timeout 20m -run 'Minority|LonelyVoterDials|Forkers' ./ext/sim -seeds 1

fuzz: ## every fuzz target for FUZZTIME
	GO="$(GO)" FUZZTIME="$(FUZZTIME)" .ci/fuzz

bench: ## the benchmarks of the hot paths, once
	$(GO) test -run '^$$' -bench . -benchmem -timeout 30m ./...

# Where bench-size keeps its generated ledger, and how large it is.
SIZE_FOLDER ?= $(or $(TMPDIR),/tmp)/ttx-size
SIZE        ?= 1000000

bench-size: build ## restart, memory, queries and torrents at SIZE transactions (the first run makes them: some minutes)
	echo generated | bin/ttx ledger generate --dir $(SIZE_FOLDER) --transactions $(SIZE) --passphrase-fd 0
	TTX_BENCH_FOLDER=$(SIZE_FOLDER) $(GO) test -run '^$$' -bench 'Restart|Queries|Browse|Torrents' -benchtime 1x -timeout 60m ./cmd/ttx
	TTX_BENCH_FOLDER=$(SIZE_FOLDER) $(GO) test -run '^$$' -bench Open -benchtime 1x -timeout 20m ./cmd/internal/node

# What make bench-swarm is told besides, such as: SWARM='-runs 5 -tests leech -clients ttx,rtorrent,libtorrent'.
SWARM ?=

bench-swarm: build ## ttx beside other clients on loopback; needs their Debian packages, and says which are missing
	$(GO) run ./cmd/internal/swarmbench -ttx bin/ttx $(SWARM)

# What nightly gives each fuzz target, and how many seeds of each simulation and kills of a node it tries.
NIGHTLY_FUZZTIME ?= 3m
NIGHTLY_SEEDS    ?= 40
NIGHTLY_KILLS    ?= 20

nightly: ## what does not fit into .ci/run: some hours; needs the packages of .ci/run and a C compiler
	TTX_INTEROP_FULL=1 $(GO) test -count=1 -v -timeout 30m ./bt/interop
	CGO_ENABLED=1 $(GO) test -race -p 1 -timeout 90m ./...
	$(MAKE) sim SEEDS=$(NIGHTLY_SEEDS)
	GO="$(GO)" .ci/kill-nine $(NIGHTLY_KILLS)
	$(MAKE) fuzz FUZZTIME=$(NIGHTLY_FUZZTIME)
	$(MAKE) bench-swarm

lint: ## gofmt, go vet and golangci-lint
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run: make fmt"; exit 1; }
	$(GO) run $(GOLANGCI_LINT) run --allow-parallel-runners ./...

fmt:
	gofmt -w .

clean:
	rm -rf bin
