# make demo   hear the whole appliance on this computer
# make test   every test
# make help   the other commands

PYTHON ?= python3
VENV ?= .venv
BUILD ?= build
BIN := $(VENV)/bin
NATIVE := $(shell find native -name '*.[ch]' -o -name CMakeLists.txt -o -name '*.py')

# What Debian and Raspberry Pi OS must have; installed when missing (as root or by sudo).
PACKAGES := build-essential cmake python3-dev python3-venv libasound2-dev libsndfile1 ffmpeg espeak-ng fluidsynth \
            timgm6mb-soundfont mma
PACKAGES_TEST := $(PACKAGES) ninja-build valgrind libebur128-dev
# On a Raspberry Pi the native tests are the tests for ARM.
ifneq ($(shell uname -m),aarch64)
PACKAGES_TEST += qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross
endif
PACKAGES_LINT := clang-format clang-tidy clang

.DEFAULT_GOAL := help
.PHONY: help demo test test-native test-arm test-python lint format bench packages-% clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 16

demo: $(VENV)/.demo ## render a demo band, import it and play it; SONGS=folder takes your own
	$(BIN)/sidestage --home demo demo $(if $(SONGS),"$(SONGS)")

test: test-native test-arm test-python ## every test

test-native: packages-test ## C tests, plain and under the address and undefined-behaviour sanitizers
	cmake -S native -B $(BUILD)/native -G Ninja -DSIDESTAGE_TESTS=ON >/dev/null
	cmake --build $(BUILD)/native
	ctest --test-dir $(BUILD)/native --output-on-failure
	cmake -S native -B $(BUILD)/sanitized -G Ninja -DSIDESTAGE_TESTS=ON -DCMAKE_BUILD_TYPE=RelWithDebInfo \
	    -DCMAKE_C_FLAGS="-fsanitize=address,undefined -fno-sanitize-recover=all" >/dev/null
	cmake --build $(BUILD)/sanitized
	ctest --test-dir $(BUILD)/sanitized --output-on-failure

test-arm: packages-test ## the C tests as an aarch64 machine runs them, under qemu-user
ifeq ($(shell uname -m),aarch64)
	@echo "aarch64: this machine is one; the native C tests were it"
else
	cmake -S native -B $(BUILD)/aarch64 -G Ninja -DSIDESTAGE_TESTS=ON -DCMAKE_SYSTEM_NAME=Linux \
	    -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc \
	    -DCMAKE_CROSSCOMPILING_EMULATOR="qemu-aarch64;-L;/usr/aarch64-linux-gnu" >/dev/null
	cmake --build $(BUILD)/aarch64
	@echo "aarch64: C tests under qemu-user"
	ctest --test-dir $(BUILD)/aarch64 --output-on-failure
endif

test-python: $(VENV)/.test packages-test ## Python tests, on all cores
	$(BIN)/python -m pytest -n auto --dist loadgroup

lint: $(VENV)/.lint packages-lint ## formatting, types, layers, C warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	clang-format --dry-run --Werror $$(git ls-files 'native/*.c' 'native/*.h' 'tests/*.c')
	cmake -S native -B $(BUILD)/tidy -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >/dev/null
	clang-tidy --quiet -p $(BUILD)/tidy $$(git ls-files 'native/src/*.c')

format: $(VENV)/.lint packages-lint ## rewrite the sources in the project's format
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .
	clang-format -i $$(git ls-files 'native/*.c' 'native/*.h' 'tests/*.c')

bench: $(VENV)/.bench packages-test ## the tables of docs/performance.md, measuring.md and mastering.md
	$(BIN)/python native/bench/bench_chain.py
	$(BIN)/python native/bench/bench_loudness.py
	$(BIN)/python native/bench/bench_mastering.py

packages-%:
	@bash .ci/packages $(if $(filter test,$*),$(PACKAGES_TEST),$(if $(filter lint,$*),$(PACKAGES_LINT),$(PACKAGES)))

# One virtual environment; each stamp is a set of extras installed into it, renewed when the C sources change.
$(BIN)/python: | packages-run
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet "scikit-build-core>=0.11" "cffi>=1.17" setuptools

$(VENV)/.%: pyproject.toml $(NATIVE) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --no-build-isolation --editable ".[$*]"
	@touch $@

clean: ## what was built
	rm -rf $(BUILD) $(VENV)
