# Every command sets up what is missing first. `make help` lists them.
PYTHON ?= python3
SCRIPTS = $(PYTHON) -B -m scripts

.PHONY: help run setup test bench soak shell lint pictures rigs python

help:
	@echo "make run    serve the demonstration hospital on http://127.0.0.1:8069 (admin / admin)"
	@echo "make test   all tests            ADDON=hcrm_base  HCRM_TEST=TestMerge narrow them"
	@echo "make bench  benchmarks           BENCH=\"P1 P5\"  N=1000000"
	@echo "make soak   long fault tests, report in docs/soak.md"
	@echo "make shell  Odoo shell on the database; reads a script from standard input"
	@echo "make lint   ruff, pylint-odoo, Odoo's own lint tests"
	@echo "make pictures  docs/pictures, from the demonstration hospital   PICTURE=complaint narrows them"
	@echo "make rigs   beside make run: Kannel, an SMS centre and a mail server to send to"
	@echo "make setup  everything make run does before it serves"
	@echo "Settings: HCRM_PORT HCRM_MLLP_PORT HCRM_DB HCRM_STATE PGHOST PGPORT PGUSER PGPASSWORD ODOO_PATH"

python:
	@command -v $(firstword $(PYTHON)) >/dev/null || { echo "HCRM: $(PYTHON) is not on this machine: apt-get install python3, or make PYTHON=/path/to/python3.11" >&2; exit 1; }

run setup test bench soak shell lint pictures rigs: python
	@$(SCRIPTS) $@
