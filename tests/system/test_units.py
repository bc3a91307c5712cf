"""What goes onto a machine beside the program: unit files and the example of a config."""

import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import yaml
from provider import PATIENCE

from syncd.config.config import Config, load

ROOT = Path(__file__).parents[2]
SERVICES = sorted((ROOT / "systemd").glob("*.service"))
UNITS = SERVICES + sorted((ROOT / "systemd").glob("*.timer"))
ESSENTIAL = {"/bin/sh", "/usr/bin/env"}  # of what units start; /bin/kill is of procps, which is not


def test_there_are_units() -> None:
    assert {unit.name for unit in UNITS} == {
        *("syncd.service", "syncd-sync.service", "syncd-sync.timer"),
        *("syncd-serve.service", "syncd-worker@.service"),
    }


@pytest.fixture(scope="session", autouse=True)
def systemd() -> None:
    if shutil.which("systemd-analyze") is None:
        raise RuntimeError("these tests need systemd-analyze: apt-get install systemd")


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_has_nothing_to_say_against_a_unit(unit: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_a_service_is_exposed_no_more_than_it_must_be(unit: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=11", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "exposure level" in done.stdout


def settings(unit: str) -> set[str]:
    lines = (ROOT / "systemd" / unit).read_text(encoding="utf-8").splitlines()
    return {line for line in lines if "=" in line and not line.startswith("#")}


def test_what_holds_for_the_daemon_holds_for_a_sync_by_timer() -> None:
    daemon, once = settings("syncd.service"), settings("syncd-sync.service")
    mine = ("Type=", "ExecStart=", "Description=", "SuccessExitStatus=", "TimeoutStartSec=")
    assert {line for line in once - daemon if not line.startswith(mine)} == set()
    only = {line.partition("=")[0] for line in daemon - once}
    assert only == {
        *("Description", "Type", "ExecStart", "ExecReload", "NotifyAccess", "WatchdogSec"),
        *("LimitCORE", "Restart", "RestartSec", "RestartPreventExitStatus", "WantedBy"),
    }
    assert {"Type=notify", "NotifyAccess=main"} <= daemon
    assert {"Persistent=yes", "RandomizedDelaySec=15min"} <= settings("syncd-sync.timer")


def test_a_reload_sends_sighup_with_what_every_debian_has() -> None:
    (line,) = (each for each in settings("syncd.service") if each.startswith("ExecReload="))
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as daemon:
        words = shlex.split(line.partition("=")[2].replace("$MAINPID", str(daemon.pid)))
        assert words[0] in ESSENTIAL
        subprocess.run(words, check=True, env={"PATH": ""})
        assert daemon.wait(PATIENCE) == -signal.SIGHUP


def test_a_unit_starts_nothing_that_a_small_debian_lacks() -> None:
    started = [line for unit in SERVICES for line in settings(unit.name) if line.startswith("Exec")]
    assert len(started) > len(SERVICES)
    assert {line.partition("=")[2].split()[0] for line in started} <= ESSENTIAL


def test_what_a_worker_may_do_is_what_the_daemon_may_do() -> None:
    daemon, worker = settings("syncd.service"), settings("syncd-worker@.service")
    assert set(worker - daemon) == {
        "Description=syncd: worker %i, helps to make plans",
        "After=network-online.target postgresql.service",
        "Type=exec",
        "ExecStart=/usr/bin/env syncd worker -c /etc/syncd/config.yaml",
        "ReadWritePaths=-/srv/syncd-workers",
        "TimeoutStopSec=60",
        "RestartSec=15",
    }


def test_the_example_of_a_config_loads() -> None:
    config = load(ROOT / "config.example.yaml")
    assert config.sources
    assert config.target.kind == "whmcs"


def test_the_example_names_every_key() -> None:
    text = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
    given = yaml.safe_load(text)
    for section, field in Config.model_fields.items():
        assert section in given or f"#{section}:" in text, section
        model = field.annotation
        for key in getattr(model, "model_fields", {}):
            assert f"{key}:" in text, f"{section}.{key}"
