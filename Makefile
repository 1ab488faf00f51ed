# What a bare machine needs: make and Python 3.11 or newer. `make` alone lists the commands.
.DEFAULT_GOAL := help
.PHONY: help run test check chaos bench lock messages vendor screenshots

PYTHON := .venv/bin/python
UV ?= uv
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header

# The first Python that is new enough makes (or keeps) .venv; see tools/environment.py.
define environment
@for python in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		$$python tools/environment.py $(1) && exit 0; exit 1; \
	fi; \
done; echo "make: Python 3.11 or newer is needed, and none was found as python3 or python3.11 … 3.14." >&2; exit 1
endef

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 18

run: ## the helpdesk with its simulator on this machine, until Ctrl-C
	$(call environment,local)
	@exec $(PYTHON) -m helpdesk.supervisor

test: ## the whole test suite; ARGS="tests/inbox -k window" for a part of it
	$(call environment,dev)
	@exec $(PYTHON) -m pytest $(ARGS)

check: ## style, types, rooms, migrations, translations, deployment settings
	$(call environment,dev)
	@exec $(PYTHON) tools/check.py $(ARGS)

chaos: ## 20,000 messages in, 5,000 out, while everything is killed; ARGS="--seed 7 --minutes 3"
	$(call environment,dev)
	@exec $(PYTHON) -m tests.chaos $(ARGS)

bench: ## the benchmarks; prints a table and writes benchmarks/results/latest.json
	$(call environment,dev)
	@exec $(PYTHON) -m benchmarks $(ARGS)

lock: ## write the requirement locks anew from requirements*.in (needs uv and a network)
	$(COMPILE) $(ARGS) requirements.in -o requirements.txt
	$(COMPILE) $(ARGS) -c requirements.txt requirements-local.in -o requirements-local.txt
	$(COMPILE) $(ARGS) -c requirements-local.txt requirements-dev.in -o requirements-dev.txt

messages: ## collect what is to translate into locale/, and compile what is translated
	$(call environment,dev)
	@exec $(PYTHON) tools/translations.py update

vendor: ## fetch the pinned front-end libraries anew (needs npm and a network)
	npm ci --ignore-scripts
	npm run vendor

screenshots: ## take the README's pictures into docs/screenshots/
	$(call environment,dev)
	@exec $(PYTHON) tools/screenshots.py $(ARGS)
