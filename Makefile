# Two commands for a newcomer: `make demo` and `make test`. Both build .venv first. While working:
# `make quick`, which is `make test` without what takes long.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JOBS ?= 3
PHP := $(VENV)/php
PYTHON ?= python3

.PHONY: demo test quick install lint format bench torture soak corpus mutants pictures deb package-test clean servers

demo: install
	$(BIN)/syncd demo

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[fast,pages,sandbox]"
	touch $@

$(VENV)/.tests: $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[test]"
	touch $@

SERVERS := mariadb-server-core mariadb-client systemd chromium chromium-driver fonts-liberation \
  php-cli php-mysql php-illuminate-database php-parser mandoc openssl prometheus postgresql-15
PHP_LIBRARIES := Illuminate/Database PhpParser

# What the tests start or ask; installed from Debian's packages where something is missing.
servers:
	@{ command -v mariadbd && command -v mariadb-dump && command -v systemd-analyze \
	   && command -v chromium && command -v chromedriver && command -v php && command -v mandoc \
	   && command -v openssl && command -v promtool && ls /usr/lib/postgresql/*/bin/initdb \
	   && ls $(PHP_LIBRARIES:%=/usr/share/php/%/autoload.php) && php -m | grep -q pdo_mysql; } >/dev/null 2>&1 \
	  || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	       --no-install-recommends $(SERVERS); } \
	  || { echo "make test needs these: apt-get install $(SERVERS)" >&2; exit 1; }

lint: $(VENV)/.tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# What tests write lies in memory where there is room: they wait for a disk many thousand times.
# Bytecode is kept also where the environment (many an image does) says not to: every worker and
# every command they start would compile all of it again.
PYTEST = if [ "$$(df --output=avail --block-size=M /dev/shm 2>&1 | tail -n 1 | tr -dc 0-9)" -gt 4000 ]; \
	  then export TMPDIR=/dev/shm; fi; \
	unset PYTHONDONTWRITEBYTECODE; \
	$(BIN)/pytest --numprocesses $(JOBS) --dist worksteal

test: lint servers
	$(PYTEST)

quick: $(VENV)/.tests servers
	$(PYTEST) tests/unit tests/contract tests/cases tests/sandbox tests/companion

# dist/syncd_VERSION_ARCH.deb, from this tree; docs/install.md.
deb: $(VENV)/.tests
	sh packaging/deb.sh $(BIN)/python

# Makes the package and installs, starts, upgrades and removes it in a fresh Debian, in a folder. It needs
# root, debootstrap and Debian's mirror, and a minute of processor time, so `make test` goes without.
package-test: $(VENV)/.tests
	@command -v debootstrap >/dev/null || apt-get install -y -qq --no-install-recommends debootstrap
	$(BIN)/pytest tests/package/debian.py

# What people see, from the bundled backup: all in build/pictures, to be looked at, and what the README
# shows in docs/pictures.
pictures: $(VENV)/.tests servers
	PYTHONPATH=tests:tests/browser $(BIN)/python tests/browser/pictures.py

format: $(VENV)/.tests
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Every point of the crash story, where `make test` tries a sample; see docs/reliability.md.
torture: $(VENV)/.tests
	$(BIN)/python tests/torture --jobs $(JOBS)
	$(BIN)/python tests/torture --jobs $(JOBS) --companion

# 60 nights on a fast clock, with all that befalls them; see docs/reliability.md. SEED=2 has others, and
# with NIGHTS=10 there are fewer. It needs libfaketime, and half an hour.
soak: $(VENV)/.tests servers
	@ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || apt-get install -y -qq --no-install-recommends faketime
	$(BIN)/python tests/soak --seed $(or $(SEED),1) --nights $(or $(NIGHTS),60)

# Mishaps of every dump that can be had here, where `make test` tries a few; see docs/reliability.md.
corpus: $(VENV)/.tests servers $(PHP)/.unpacked
	$(BIN)/python tests/corpus --jobs $(JOBS)

# Adminer and phpMyAdmin as Debian has them, and the PHP that runs them: unpacked here, not installed.
# Where they cannot be had the corpus goes without, and says so.
$(PHP)/.unpacked: tests/corpus/php.sh
	sh tests/corpus/php.sh $(PHP) || { rm -rf $(PHP); echo "no Adminer and phpMyAdmin here" >&2; }
	! test -d $(PHP) || touch $@

# Breaks the code one line at a time and names what no test notices. For a part: ONLY=decide/guard.py,
# and NAMED=': (AND|OR) without ' for the mutants whose names fit a regular expression.
mutants: $(VENV)/.tests
	$(BIN)/python tests/mutants --only '$(or $(ONLY),*)' --named '$(NAMED)'

# Each measure beside its yardstick and its goal; SIZE=full for the sizes of the goals, which take a
# quarter of an hour and more.
bench: $(VENV)/.tests servers
	$(BIN)/python benchmarks --size $(or $(SIZE),small)

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .mutants
