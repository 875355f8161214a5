# Klantwaarde. `make` or `make help` lists what there is. Needs Python 3.11 or newer (with pip and venv) and make.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r
COMPILE_LOCK := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --upgrade
CATALOGUE := klantwaarde/locale/nl/LC_MESSAGES/django.po
# What a server on the internet sets; docs/production.md explains each. The values are for the check alone.
PRODUCTION := KLANTWAARDE_HTTPS=1 ALLOWED_HOSTS=klantwaarde.example.com \
	CSRF_TRUSTED_ORIGINS=https://klantwaarde.example.com \
	SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))')
# Finds npm, or takes it from a wheel, for the commands that follow it as $$npm.
FIND_NPM := if command -v npm >/dev/null; then npm=npm; else \
	echo "(no npm on this machine: taking it from a wheel)"; $(PIP_INSTALL) requirements-node.lock; \
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH"; export PATH; npm=$(VENV)/bin/npm; fi
# `make test ONLY="tests/test_setup_locks.py -k hashes"` runs a part.
ONLY ?=
SECONDS ?= 60

.DEFAULT_GOAL := help
.PHONY: help run setup setup-dev demo test fuzz check bench audit screenshots format translations lock clean python-is-new-enough

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

run: setup ## set up and start everything: database, web, worker (PORT=8000); Ctrl-C stops it all
	@$(PY) manage.py run

setup: python-is-new-enough $(VENV)/bin/python ## install what running needs into .venv and node_modules
	@cmp -s requirements.lock $(VENV)/requirements.lock || { \
		echo "Installing the Python packages of requirements.lock ..."; \
		$(PIP_INSTALL) requirements.lock && cp requirements.lock $(VENV)/requirements.lock; }
	@cmp -s package-lock.json node_modules/installed-lock.json && test -f static/vendor/chart.umd.min.js || { \
		echo "Installing the browser packages of package-lock.json ..."; \
		$(FIND_NPM) && $$npm ci --omit=dev --no-progress --loglevel=error >/dev/null && \
		mkdir -p static/vendor && cp node_modules/chart.js/dist/chart.umd.min.js* static/vendor/ && \
		cp package-lock.json node_modules/installed-lock.json; }
	@test $(CATALOGUE:.po=.mo) -nt $(CATALOGUE) || $(PY) -c 'import sys, pathlib, klantwaarde.catalogue as it; \
		it.compile_catalogue(pathlib.Path(sys.argv[1]))' $(CATALOGUE)

setup-dev: setup ## install what tests, checks and benchmarks need as well
	@cmp -s requirements-dev.lock $(VENV)/requirements-dev.lock || { \
		echo "Installing the Python packages of requirements-dev.lock ..."; \
		$(PIP_INSTALL) requirements-dev.lock && cp requirements-dev.lock $(VENV)/requirements-dev.lock; }
	@cmp -s package-lock.json node_modules/installed-dev-lock.json || { \
		echo "Installing axe and Lighthouse as package-lock.json has them ..."; \
		$(FIND_NPM) && $$npm ci --no-progress --loglevel=error >/dev/null && \
		cp package-lock.json node_modules/installed-lock.json && \
		cp package-lock.json node_modules/installed-dev-lock.json; }

demo: setup ## load the demo shop into an empty database, without starting the site
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py load_demo

# Browsers come after the rest and one at a time: what a person would see takes an unshared machine.
test: setup-dev ## run the tests (browser tests need Chromium)
ifeq ($(ONLY),)
	@status=0; $(PY) -m pytest -m "not browser" -n logical --dist loadfile || status=1; \
		$(PY) -m pytest -m browser || status=1; exit $$status
else
	@$(PY) -m pytest $(ONLY)
endif

fuzz: setup-dev ## throw broken files at the reader for a minute (SECONDS=60)
	@$(PY) -m tests.fuzz_imports $(SECONDS)

check: setup-dev ## lint, types, templates, migrations, production settings, translations, committed files
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	@find templates -name '*.html' -print | xargs $(VENV)/bin/djade --check --target-version 5.2
	$(PY) manage.py makemigrations --check --dry-run
	@echo "$(PY) manage.py check --deploy --fail-level WARNING   (with production settings)"
	@$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING
	$(PY) manage.py check_translations
	$(PY) manage.py check_committed_files

bench: setup-dev ## measure import, models, calculation and pages against baselines of the same run
	@cmp -s requirements-bench.lock $(VENV)/requirements-bench.lock || { \
		echo "Installing the Python packages of requirements-bench.lock ..."; \
		$(PIP_INSTALL) requirements-bench.lock && cp requirements-bench.lock $(VENV)/requirements-bench.lock; }
	@$(PY) -m benchmarks

audit: setup-dev ## visit every page with axe and Lighthouse (needs Chromium; ONLY="overview help" takes some)
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(PY) -m tests.audit_pages $(ONLY)

screenshots: setup-dev ## take the pictures of the docs, and baselines of all KPI pages (needs Chromium; ONLY="baselines" takes some)
	@$(PY) -m docs.screenshots $(ONLY)

format: setup-dev ## write Python and templates in the house style
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	@find templates -name '*.html' -print | xargs $(VENV)/bin/djade --target-version 5.2

translations: setup-dev ## take new texts from the source into the Dutch catalogue
	$(PY) manage.py update_translations

lock: setup-dev ## compile the lock files anew from pyproject.toml and package.json
	$(COMPILE_LOCK) pyproject.toml -o requirements.lock
	$(COMPILE_LOCK) --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(COMPILE_LOCK) --extra bench -c requirements.lock pyproject.toml -o requirements-bench.lock
	$(COMPILE_LOCK) --group node -o requirements-node.lock
	npm install --package-lock-only
	@$(PY) -c 'import json, pathlib; path = pathlib.Path("package-lock.json"); lock = json.loads(path.read_text()); \
		[package.pop("funding", None) for package in lock["packages"].values()]; \
		path.write_text(json.dumps(lock, indent=2) + "\n")'  # what stays is pinned by hash and has no address

clean: ## remove what setup made; your data in .data stays
	rm -rf $(VENV) node_modules static/vendor staticfiles $(CATALOGUE:.po=.mo) .pytest_cache .mypy_cache \
		.ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

python-is-new-enough:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Klantwaarde needs Python 3.11 or newer; $$($(PYTHON) --version) was found." \
			"Name another one: make run PYTHON=python3.12"; exit 1; }

$(VENV)/bin/python:
	@echo "Making the virtual environment in $(VENV) ..."
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python's venv module is missing or broken. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
