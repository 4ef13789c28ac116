# The front door. Every target that changes the machine runs under one machine-wide lock, so that two runs at once,
# from whichever checkout, wait for each other; the lock ends with its process.
SHELL := /bin/bash
STACK ?= dev
lock = $(if $(filter 0,$(shell id -u)),/run,$(HOME))/.vcluster-environments.lock
locked = flock --nonblock $(lock) true || echo "Waiting for another run on this machine to end."; flock $(lock)
driver = $(locked) node bin/cli/main.js

.PHONY: help up down forget recover refused doctor list rotate expiry renew upgrade remove-shared-namespaces host-up host-down env build build-yaml build-vcluster test test-long test-unit bench lint format policy release clean

help: ## list of targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

up: build ## the local host where no cluster is configured, and the environment STACK (default: dev)
	@$(driver) up $(STACK)

down: build ## destroy the environment STACK
	@$(driver) down $(STACK)

forget: build ## with the host of STACK gone for good: list what is left there; GONE=<its server> empties the stack
	@$(driver) forget $(STACK) $(if $(GONE),--gone '$(GONE)')

recover: build ## after a killed run: bring the environment STACK to its configuration, on any host
	@$(driver) recover $(STACK)

remove-shared-namespaces: build ## list empty namespaces that environments created; YES=1 removes them
	@$(driver) remove-shared-namespaces $(STACK) $(if $(YES),--yes)

refused: build ## list what is on the host of STACK and would be refused today
	@node bin/cli/main.js refused $(STACK)

rotate: build ## give Argo CD a new token for the environment STACK, without a failed sync
	@$(driver) rotate $(STACK)

expiry: build ## age and expiry of the credentials and certificates of STACK (JSON=1 for scripts)
	@node bin/cli/main.js expiry $(STACK) $(if $(JSON),--json)

doctor: build ## what is wrong with the environment STACK, and the commands that repair it; PRE=1 before the first up (WATCH=1, JSON=1, JUNIT=1, BUNDLE=1)
	@node bin/cli/main.js doctor $(STACK) $(if $(PRE),--before) $(if $(WATCH),--watch) $(if $(JSON),--json) \
		$(if $(JUNIT),--junit $(if $(filter 1,$(JUNIT)),doctor.xml,$(JUNIT))) \
		$(if $(BUNDLE),--bundle $(if $(filter 1,$(BUNDLE)),doctor-$(STACK).json.gz,$(BUNDLE)))

list: build ## environments of the host of STACK, their state and left-overs (JSON=1 for scripts, HTML=<file> for a page)
	@node bin/cli/main.js list $(STACK) $(if $(JSON),--json) $(if $(HTML),--html $(HTML))

renew: build ## renew the certificates of the virtual cluster of STACK; restarts its control plane
	@$(driver) renew $(STACK)

upgrade: build ## upgrade STACK to the next release of the chart, or TO=<version>; JSON=1 only prints which
	@$(if $(JSON),node bin/cli/main.js,$(driver)) upgrade $(STACK) $(TO) $(if $(JSON),--json)

policy: build ## preview both committed stacks with the policy pack
	@$(driver) preview dev staging

host-up: build ## only the local host
	@$(driver) host-up

host-down: build ## remove the local host and everything on it
	@$(driver) host-down

build-yaml: build ## Pulumi's language host for YAML, where Pulumi is not installed
	@$(driver) build-yaml

build-vcluster: build ## other versions of vCluster for the local host, VERSIONS="0.30.0 0.36.1" or all that can be built
	@$(driver) build-vcluster $(VERSIONS)

# Only exports may reach stdout: a shell evaluates it.
env: ## exports for a shell: eval "$(make -s env)"
	@$(MAKE) --no-print-directory build >&2
	@node bin/cli/main.js env

build: node_modules/.package-lock.json policy/node_modules/.package-lock.json ## compile the program and the policy pack, and bundle the jobs
	@node_modules/.bin/tsc --build . policy
	@node bin/scripts/bundle-jobs.js

node_modules/.package-lock.json: package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

policy/node_modules/.package-lock.json: policy/package-lock.json
	npm --prefix policy ci --ignore-scripts --no-audit --no-fund
	@touch $@

# The runner's own first phase reports what does not compile.
test-long: ## attacks, faults, changes, kills, age; PART=<name> for one of them; writes docs/results/
	@$(MAKE) --no-print-directory build
	@node bin/test/run.js --long $(if $(PART),--part $(PART))

test: ## lint, unit, policy and Go tests, then end to end on the local host
	@$(MAKE) --no-print-directory build || true
	@$(locked) node bin/test/run.js

test-unit: build ## what needs only Node.js
	@node bin/test/run.js --unit

bench: build ## measure side by side on the local host (half an hour); BENCH=<name> for one of them; writes bench/results.md
	@$(locked) bash -ec 'node bin/cli/main.js host-up; exports=$$(node bin/cli/main.js env); eval "$$exports"; exec node bin/bench/run.js $(if $(BENCH),--only $(BENCH))'

release: build ## pack component, policy pack and template into bin/release, after a check of versions and changelog
	@node bin/scripts/release.js

lint: build ## all linters, no changes
	node_modules/.bin/eslint .
	node_modules/.bin/depcruise *.ts shared host components preflight doctor provider policy local cli scripts bench test testing
	node_modules/.bin/prettier --check --log-level warn .
	shellcheck .ci/run
	go -C local/go/actionlint tool actionlint "$(CURDIR)"/.github/workflows/*.yml "$(CURDIR)"/template/.github/workflows/*.yml

format: ## format all files
	node_modules/.bin/prettier --write --log-level warn .

clean: ## remove what was compiled
	rm -rf bin policy/bin
