# `make help` prints the text after each `##`.
.DEFAULT_GOAL := help
.PHONY: help quickstart test e2e battery chart-test bench soak check generate build package image image-lock format servers clean

# Any Node from 20 on can install the packages; one of them is the Node 24 that everything else runs on.
system_path := $(PATH)
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
export ONCE
installed := node_modules/.installed
jest := npm run --silent jest --

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

quickstart: $(installed) ## Watch a Secret come from a real OpenBao and rotate; until Ctrl-C, with ONCE=1 until it is shown
	@node test/quickstart/quickstart.ts

test: $(installed) ## Run all tests, those on real servers too (the first time these take 5 minutes to install); K8S=1.37: the scenarios on that Kubernetes
	@node test/servers/install.ts
	@$(jest) --selectProjects unit servers $(if $(K8S),--testPathPatterns test/scenarios) $(if $(RESULTS),--json --outputFile=$(RESULTS))

e2e: $(installed) ## Run real pods with the operator's image, as root on Linux: a kubelet, containerd, our chart, Spark; 12 minutes more the first time
	@$(jest) --selectProjects e2e --runInBand $(if $(RESULTS),--json --outputFile=$(RESULTS))

check: $(installed) ## Before a commit: types, style, generated files, unit tests
	@echo types && tsc
	@echo style && biome check --error-on-warnings .
	@echo generated files && node src/cli/generate.ts --check
	@echo unit tests && $(jest) --selectProjects unit

battery: $(installed) ## Only the tests that break the API server and the store in every way that test/faults knows
	@node test/servers/install.ts
	@$(jest) --selectProjects servers --testPathPatterns test/faults

chart-test: $(installed) ## Only the tests of the Helm charts: every value, both Helms, installs on a real API server
	@node test/servers/install.ts
	@$(jest) --selectProjects servers --testPathPatterns test/chart

bench: $(installed) ## Measure the operator beside a bare client; N=10000, PHASES=first-sync,rotate-one, PROFILE=1; PROVIDERS=1: each store
	@node test/bench/$(if $(PROVIDERS),providers,bench).ts

soak: $(installed) ## Walk at random through edits, rotations and faults; SEED=1 STEPS=20000, the same seed walks the same way
	@SEED=$(or $(SEED),1) STEPS=$(or $(STEPS),20000) $(jest) --selectProjects servers --testPathPatterns test/faults/walk

generate: $(installed) ## Write CRDs, their reference and deploy/install.yaml again
	@node src/cli/generate.ts

build: $(installed) ## Bundle the operator into dist/main.js
	@node build.ts

package: $(installed) ## Write the npm package of the commands to out/shearline-VERSION.tgz
	@node pack.ts

image: $(installed) ## Write the container image to out/image, an OCI layout for amd64 and arm64; needs Debian's apt, no container engine
	@node image/build.ts

image-lock: $(installed) ## Pin the Debian packages of the image again (image/debs.lock.json)
	@node image/lock.ts

format: $(installed) ## Format all files, and fix what can be fixed without thought
	@biome check --write .

servers: $(installed) ## Start a control plane and OpenBao to try things by hand, until Ctrl-C
	@node test/servers/up.ts

clean: ## Remove what was built; installed servers stay in ~/.cache/shearline
	@rm -rf dist out coverage

# What the lock file says, or nothing. Scripts of packages do not run (.npmrc).
$(installed): package-lock.json .npmrc
	@echo "npm packages: installing, about a minute"
	@PATH="$(system_path)" npm ci --no-audit --no-fund --loglevel=error
	@node --version | grep -Eq '^v(2[4-9]|[3-9][0-9])' || { echo "There is no Node package for this platform: put Node 24 or newer first in PATH." >&2; exit 1; }
	@touch $@
