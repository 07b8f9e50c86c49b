# Everything a person does with this project. `make` alone lists it.
PYTHON ?= python3
FROM ?=
TO ?= +35921234567
KEYS ?= 1

.DEFAULT_GOAL := help
.PHONY: help run call test lint bench asterisk stop web setup clean

help:     ## list the targets
	@grep -hE '^[a-z]+: +##' $(MAKEFILE_LIST) | sed 's/: *## /\t/' | expand -t 12

run:      ## set up what is missing, then run Asterisk and Ringside with the demo company
	@$(PYTHON) scripts/run

call:     ## place one real call to the running server (FROM=+359... KEYS=1 TO=+359...)
	@$(PYTHON) scripts/call --to "$(TO)" --keys "$(KEYS)" $(if $(FROM),--from "$(FROM)")

test:     ## set up, then run every check and test that this machine can run
	@$(PYTHON) scripts/check

lint:     ## only the quick checks: style, types, imports
	@$(PYTHON) scripts/check --quick

bench:    ## measure beside native dialplan; writes bench/results.md
	@$(PYTHON) scripts/setup python prompts calls asterisk
	@.venv/bin/python -m bench

asterisk: ## put up Asterisk and start it
	@$(PYTHON) scripts/setup asterisk
	@$(PYTHON) scripts/asterisk start

stop:     ## stop Asterisk
	@$(PYTHON) scripts/asterisk stop

web:      ## build the browser apps
	@$(PYTHON) scripts/setup python web

setup:    ## only set up
	@$(PYTHON) scripts/setup python prompts calls web asterisk

clean:    ## stop Asterisk and remove everything that was made here, the demo's data included
	-@$(PYTHON) scripts/asterisk stop
	rm -rf .venv .ringside web/node_modules tests/prism/node_modules telephony/web/static .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find recordings -mindepth 1 ! -name README.md -delete
