# make run     sets everything up and opens the app
# make test    sets everything up and runs the tests
# make serve HOSTS="gym.example.org 192.168.1.20"  opens the app to a network, under these names
# make check   the same with the fast tests only
# All work on a fresh machine with Python 3.11 or newer (with venv), git and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# BLAS threads fight with the pose network over the cores; one is faster.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

PORT := 8501
# A server of this kind opens no browser by itself: wait until it answers, then do.
define OPEN_WHEN_READY
import time, urllib.request, webbrowser
for _ in range(240):
    try:
        urllib.request.urlopen("http://localhost:$(PORT)/_stcore/health", timeout=1)
        webbrowser.open("http://localhost:$(PORT)")
        break
    except OSError:
        time.sleep(0.5)
endef
export OPEN_WHEN_READY

# Exact versions of what our requirements require in turn.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: run serve test check lint weights sample bench clean

run: $(VENV)/app.stamp weights
	@$(BIN)/python -c "$$OPEN_WHEN_READY" &
	$(BIN)/python -m streamlit run app.py --server.port $(PORT)

# For a network: names or addresses that browsers reach this computer by; OPTIONS are Streamlit's own.
HOSTS :=
OPTIONS :=
serve: $(VENV)/app.stamp weights
	$(if $(HOSTS),,$(error Say how browsers reach this computer: make serve HOSTS="gym.example.org 192.168.1.20"))
	$(BIN)/python -m streamlit run app.py --server.port $(PORT) --server.address 0.0.0.0 \
		$(foreach host,localhost 127.0.0.1 $(HOSTS),--server.allowedHosts=$(host)) $(OPTIONS)

# A live set beside a browser fills both cores.
LIVE := tests/browser/test_live.py
# A browser, a server and a test share two cores: what failed there runs once more, alone, and says so.
AGAIN = (echo "Once more, alone, what failed above:" && \
	$(BIN)/python -m pytest tests -m browser --last-failed --last-failed-no-failures none)

test: $(VENV)/dev.stamp weights
	@tests/browser/ensure_chromium
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m pytest -n 2 -m "fast or motion or pose"
	$(BIN)/python -m pytest -n 2 --dist loadfile -m browser --ignore=$(LIVE) || $(AGAIN)
	$(BIN)/python -m pytest $(LIVE) -m browser || $(AGAIN)

check: $(VENV)/dev.stamp
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m pytest -n 2 -m fast

weights: $(VENV)/app.stamp
	$(BIN)/python -m gym weights

lint: $(VENV)/dev.stamp
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

sample: $(VENV)/app.stamp weights
	$(BIN)/python -m gym sample

# What README promises of an idle machine: it fails where a figure is beyond its limit.
bench: $(VENV)/dev.stamp weights
	@tests/browser/ensure_chromium
	$(BIN)/python -m gym bench --memory
	$(BIN)/python -m pytest -m speed

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed: make PYTHON=python3.11 ...')"
	$(PYTHON) -m venv $(VENV)

$(VENV)/app.stamp: requirements.txt constraints.txt | $(VENV)/bin/python
	$(INSTALL) -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt requirements.txt constraints.txt | $(VENV)/bin/python
	$(INSTALL) -r requirements-dev.txt
	@touch $@ $(VENV)/app.stamp
