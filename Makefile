# The commands to build, test and install Linnet; `make list` lists them. CMake does the work (CMakePresets.json), with the scripts in
# tools/.
#
#     make demo                      from nothing: packages, program, a trained network with its pictures
#     make test                      from nothing: packages, program, every test
#     make && sudo make install      PREFIX=/usr/local; DESTDIR= for packagers
#
# NODEPS=1 leaves the system's packages alone. JOBS=N limits parallel compiling and testing.
.DEFAULT_GOAL := build
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh

JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
DATA ?= /usr/share/datasets/fashion-mnist
# Every build tree is build/PRESET. New trees use Ninja if it is installed; a configured tree keeps its generator.
export CMAKE_GENERATOR ?= $(if $(shell command -v ninja),Ninja,Unix Makefiles)

packages = $(if $(NODEPS),@:,@tools/install-packages $(1))
configure = @tools/need cmake && cmake --preset $(1) $(2)
compile = @cmake --build build/$(1) --parallel $(JOBS)
# Runs the tests of a tree, lists skipped tests, and fails on a skip that tests/skips.txt does not allow. With NODEPS=1 the tests'
# packages may be missing, so such a skip is only listed.
run_tests = @status=0; results=$(CURDIR)/build/$(1)/tests.xml; rm -f $$results; \
    ctest --parallel $(JOBS) --preset $(1) --output-junit $$results --test-output-size-passed 100000000 $(2) || status=1; \
    tools/list-skips $(if $(NODEPS),--only-list) $$results || status=1; exit $$status

.PHONY: list deps build demo wheel test test-wheel test-user test-asan test-tsan test-onednn3 test-long fuzz coverage bench install uninstall \
        manual check strict strict-clang laws types format format-check \
        tidy analyze deb tarball clean

list: ## this list
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

# ---- using it ---------------------------------------------------------------------------------------------

deps: ## install the Debian packages that are missing (DRY_RUN=1: only name them)
	@tools/install-packages $(if $(DRY_RUN),--dry-run) build test demo

# A fresh tree is configured without the tests, so that their packages are not needed.
build: ## the program (build/release/linnet) and the library
	$(call configure,release,$(if $(wildcard build/release/CMakeCache.txt),,-DLINNET_TESTS=OFF))
	$(call compile,release)

demo: ## from nothing to a LeNet trained on 60,000 images, with its pictures, in runs/
	$(call packages,build demo)
	@$(MAKE) build
	build/release/linnet train $(DATA) -m lenet --epochs 5 --name demo
	@tools/show-run runs/demo

bench: build ## images a second, memory, share of the peak; PEERS=path/to/python measures PyTorch and others in the same run, PHOTOS=folder
	@if [ -d build/release-onednn3 ]; then cmake --build build/release-onednn3 --parallel $(JOBS) --target linnet; fi
	bench/run --linnet build/release/linnet $(if $(wildcard build/release-onednn3),--linnet build/release-onednn3/linnet) \
	    $(foreach python,$(PEERS),--peers $(python)) $(if $(PHOTOS),--photos $(PHOTOS))

install: build ## install into PREFIX (DESTDIR is put before it)
	@DESTDIR=$(DESTDIR) cmake --install build/release --prefix $(PREFIX)
	@cp build/release/install_manifest.txt build/release/installed.txt
	@[ -n "$(DESTDIR)" ] || [ "$$(id -u)" -ne 0 ] || ldconfig

wheel: build ## the Python package with everything inside: build/wheel/linnet-*.whl
	$(call packages,build wheel)
	@tools/make-wheel

uninstall: ## remove what `make install` put there
	@tools/uninstall build/release/installed.txt $(DESTDIR)

deb: ## Debian packages of the last commit, in build/deb (docs/packaging.md)
	@tools/build-deb $(CURDIR)/build/deb

tarball: ## the program with its libraries as build/tarball/linnet-VERSION-linux-MACHINE.tar.xz, unpacked and tried
	@JOBS=$(JOBS) tools/build-tarball build/tarball
	@tools/try-tarball build/tarball/linnet-*.tar.xz

clean: ## remove build/ (runs/ stays)
	rm -rf build

# ---- testing it --------------------------------------------------------------------------------------------

test: ## install what the tests need, build, run every test
	$(call packages,build test demo)
	$(call configure,release,-DLINNET_TESTS=ON)
	$(call compile,release)
	$(call run_tests,release)

test-user: ## as an ordinary user, the tests that root's rights hide
	$(call packages,build test)
	$(call configure,release,-DLINNET_TESTS=ON)
	$(call compile,release)
	@tools/test-as-user build/release

test-wheel: wheel ## the wheel in a fresh environment: auditwheel, import, bits and pace beside PyTorch, tests (TORCH=path/to/python that has PyTorch)
	@tools/try-wheel build/wheel/linnet-*.whl $(TORCH)

test-asan: ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer
	$(call packages,build test)
	$(call configure,asan)
	$(call compile,asan)
	$(call run_tests,asan)

test-tsan: ## the tests of what has threads of our own, under ThreadSanitizer
	$(call packages,build test)
	$(call configure,tsan)
	$(call compile,tsan)
	$(call run_tests,tsan)

test-onednn3: ## the engine's tests against oneDNN 3.2 (fetched into build/onednn3)
	$(call packages,build test)
	@tools/fetch-onednn3 build/onednn3
	$(call configure,release-onednn3)
	$(call compile,release-onednn3)
	$(call run_tests,release-onednn3)

test-long: export LINNET_LONG = 1
test-long: ## the tests with LINNET_LONG=1: more shapes, more crashes, more hostile files
	$(call packages,build test demo)
	$(call configure,release,-DLINNET_TESTS=ON)
	$(call compile,release)
	$(call run_tests,release,--timeout 7200)

TARGET ?= csv
SECONDS ?= 60
fuzz: ## fuzz one parser with libFuzzer: TARGET=csv SECONDS=60; tests/fuzz/CMakeLists.txt lists the targets
	$(call packages,build test ci)
	$(call configure,fuzz)
	@cmake --build build/fuzz --parallel $(JOBS) --target fuzz_$(TARGET)
	@tests/fuzz/run $(TARGET) $(SECONDS)

coverage: ## lines and branches of the parsers and of the saver that the fuzz corpora and the unit tests execute
	$(call packages,build test)
	$(call configure,coverage)
	@tools/coverage build/coverage $(JOBS)

# ---- looking after it --------------------------------------------------------------------------------------

manual: build ## write docs/linnet.1's flags, and the Python package's modules that follow from linnet.h and the tables of options
	@tools/write-manual
	@tools/write-python
	@tools/need xgettext && tools/write-messages

sources = $(shell find include src cli examples bench tests -name '*.[ch]')

CHECKS ?= format-check laws types tidy strict strict-clang
check: ## layout, laws, the types of the Python package, static analysis, and gcc's and clang's warnings as errors
	$(call packages,build test ci)
	@status=0; for part in $(CHECKS); do $(MAKE) $$part || status=1; done; exit $$status

strict strict-clang:
	$(call configure,$@)
	$(call compile,$@)

laws: ## the laws of the house (tools/check-*)
	@status=0; for law in layers lists lengths prints words docs; do tools/check-$$law || status=1; done; \
	if [ -f build/release/liblinnet.so ]; then \
	    for law in globals symbols; do tools/check-$$law || status=1; done; \
	else echo "check-globals, check-symbols: they look at build/release; run make first"; fi; exit $$status

types: ## the Python package by mypy --strict
	@tools/need mypy && mypy --strict --enable-incomplete-feature=Unpack --cache-dir build/mypy python/linnet

format: ## lay out the source with clang-format
	@tools/need clang-format && clang-format -i $(sources)

format-check:
	@tools/need clang-format && clang-format --dry-run -Werror $(sources) && echo "clang-format: fine"

tidy: ## clang-tidy on src/ and cli/
	$(call configure,strict)
	@cmake --build build/strict --target generated
	@tools/tidy build/strict

analyze: ## gcc's -fanalyzer and cppcheck on src/ and cli/ (minutes)
	$(call packages,build ci)
	$(call configure,strict)
	@cmake --build build/strict --target generated
	@tools/need cppcheck && tools/analyze build/strict $(JOBS)
