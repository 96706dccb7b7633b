# Cloister: `make help` lists what there is. Long recipes are scripts beside what they are about.

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=
SWIFT ?= swift
BUILD ?= .build/release
export PREFIX SYSCONFDIR DESTDIR BUILD SWIFT

CHECKS = --explicit-target-dependency-import-check error
STATIC = -c release --static-swift-stdlib $(CHECKS)

# What the toolchain itself needs, the libraries that Cloister links, and what its plugins run.
BUILD_PACKAGES = g++ git libarchive-dev libcurl4 libedit2 libjq-dev libncurses6 libseccomp-dev libsqlite3-dev libsystemd-dev libxml2 pkg-config tzdata
RUN_PACKAGES = ca-certificates fonts-dejavu-core fonts-urw-base35 ghostscript jq libcld2-0 libimage-exiftool-perl \
	libvips-tools openssl poppler-utils publicsuffix python3 qpdf tesseract-ocr uidmap zbar-tools
TEST_PACKAGES = bubblewrap caddy chromium chromium-driver clamav clamav-daemon clamav-testfiles curl dnsmasq-base e2fsprogs fakeroot \
	gpg libnss3-tools mmdebstrap nodejs python3-requests qemu-system-x86 qrencode shellcheck skopeo wrk zint

SCRIPTS = .ci/coverage .ci/packages .ci/run .ci/swift-tests Sources/Bundled/demo Sources/Bundled/Plugins/barcode/barcode.sh \
	Sources/Bundled/SDKs/shell/template/main.sh Sources/Bundled/SDKs/shell/template/tests/test.sh \
	systemd/activate systemd/install systemd/uninstall Tests/api/run Tests/browser/run Tests/fuzz/run Tests/guest/boot \
	Tests/guest/build-image Tests/guest/run Tests/material/fetch

.DEFAULT_GOAL := help
.PHONY: help run test swift-tests build release client bench-workflow install uninstall packages test-packages material lint plugin-tests api browser fuzz guest coverage

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16
	@echo
	@echo 'make run KEEP=1 leaves the daemon running; make run PHOTO=FILE reads a photograph of yours.'
	@echo 'make install takes PREFIX (now $(PREFIX)), SYSCONFDIR (now $(SYSCONFDIR)) and DESTDIR.'

run: release ## start a daemon under .cloister/, and pass a photograph through four sealed plugins
	Sources/Bundled/demo

test: test-packages lint material release ## everything: style, unit and integration tests, plugins, the guest, damaged files
	$(SWIFT) build --build-tests $(CHECKS) </dev/null
	@$(MAKE) --no-print-directory swift-tests plugin-tests
	Tests/api/run
	Tests/browser/run
	Tests/guest/run
	Tests/fuzz/run

swift-tests:
	@.ci/swift-tests $(CHECKS)

build: packages ## a debug build
	$(SWIFT) build $(CHECKS) </dev/null

release: packages ## the programs that are installed, with the Swift runtime inside
	$(SWIFT) build $(STATIC) </dev/null

client: build ## write the methods of the Python client anew, after a route has changed
	/usr/bin/python3 -B Tests/api/client_methods.py .build/debug Sources/Bundled/SDKs/python/cloister_client.py

bench-workflow: release ## runs of workflows beside DBOS, in JSON
	@Tests/material/fetch dbos >&2
	@$(BUILD)/cloister bench workflow --json --peer PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$(CURDIR)/.build/material/dbos \
		/usr/bin/python3 Tests/bench/dbos_peer.py

# Builds nothing, so that it works as root without a toolchain after `make release` as somebody else.
install: ## put the release build in place, with units, profiles, plugins and manual
	systemd/install

uninstall: ## remove what install put in place, and nothing else
	systemd/uninstall

packages: ## install the Debian packages that building and running need, if they are missing
	@.ci/packages $(BUILD_PACKAGES) $(RUN_PACKAGES)

test-packages: packages
	@.ci/packages $(TEST_PACKAGES)

material: packages ## fetch the photographs, documents, Python packages and MCP servers that tests read
	Tests/material/fetch images documents python mcp api oidc browser

lint: test-packages ## shell scripts without a finding
	shellcheck $(SCRIPTS)

plugin-tests: packages ## the tests that bundled plugins and SDKs bring along
	@for folder in $(sort $(dir $(wildcard Sources/Bundled/*/*/tests/test_*.py))); do \
		echo "$$folder"; /usr/bin/python3 -m unittest discover --start-directory "$$folder" </dev/null || exit 1; \
	done

api: test-packages material release ## the HTTP API from outside: OpenAPI, schemathesis, damaged requests (COUNT=10000, SEED=N)
	Tests/api/run

browser: test-packages material release ## the pages in a real browser; leaves pictures of them in .build/browser
	Tests/browser/run

fuzz: test-packages material release ## damaged files for every bundled plugin (COUNT=2000, SEED=N)
	Tests/fuzz/run $(COUNT)

guest: test-packages material release ## boot Debian in an emulated machine and test the service there
	Tests/guest/run

coverage: test-packages material ## lines that the Swift tests reach
	.ci/coverage $(CHECKS)
