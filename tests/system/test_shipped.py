"""What an installation brings along: the wheel's files, man pages, completion of a shell."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from provider import PATIENCE

from syncd.cli.words import Exit

ROOT = Path(__file__).parents[2]
NOT_SOURCE = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "tests")


def test_the_wheel_holds_example_units_and_completion_and_its_extras(tmp_path: Path) -> None:
    tree = shutil.copytree(ROOT, tmp_path / "tree", symlinks=True, ignore=NOT_SOURCE)
    wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*wheel, "-w", tmp_path, tree], check=True, capture_output=True)

    (path,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        names = {name.partition(".data/data/")[2] or name for name in archive.namelist()}
        example = archive.read("syncd/config.example.yaml")
        (about,) = (name for name in names if name.endswith("/METADATA"))
        metadata = archive.read(about).decode()
    assert example == (ROOT / "config.example.yaml").read_bytes()
    units = {f"share/syncd/systemd/{each.name}" for each in (ROOT / "systemd").glob("*.[sct]*")}
    assert (
        units
        | {
            "share/bash-completion/completions/syncd",
            "share/zsh/site-functions/_syncd",
            "share/fish/vendor_completions.d/syncd.fish",
            "syncd/mappings/whmcs-7.yaml",
        }
        <= names
    )
    assert {"Provides-Extra: sandbox", "Provides-Extra: pages"} <= set(metadata.splitlines())
    assert {"syncd/pages/templates/base.html", "syncd/pages/templates/pages.css"} <= names


def test_every_command_has_a_man_page_that_mandoc_accepts(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "packaging" / "manual.py", tmp_path], check=True)
    pages = sorted(tmp_path.iterdir())

    linted = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", *pages],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (linted.returncode, linted.stdout, linted.stderr) == (0, "", "")
    assert {"syncd.1", "syncd-plan.1", "syncd-journal-check.1"} <= {page.name for page in pages}
    for page in pages:
        _, _, ends = page.read_text("utf-8").partition(".SH EXIT STATUS\n")
        assert re.findall(r"(?m)^\.TP\n\\fB(\d)\\fR$", ends) == [str(code.value) for code in Exit]
    alert = (tmp_path / "syncd-alert.1").read_text("utf-8")
    assert "4 if a channel fails or the journal cannot be used" in alert
    apply = (tmp_path / "syncd-apply.1").read_text("utf-8")
    assert r"syncd\-apply \- Apply exactly the plan you reviewed, or refuse and say why" in apply
    assert ".TP\n\\fB\\-\\-because <str>\\fR\nWhy the fuse may be lifted" in apply


def test_a_shell_completes_commands_and_options() -> None:
    script = ROOT / "packaging" / "completion" / "syncd"
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for words, wanted in (
        ("syncd own", ["ownership"]),
        ("syncd ownership re", ["request", "reject"]),
        ("syncd plan --bec", ["--because"]),
    ):
        cursor = len(words.split()) - 1
        asked = f". {script}; COMP_WORDS=({words}) COMP_CWORD={cursor}; _syncd_completion syncd"
        done = subprocess.run(
            ["bash", "-c", f'{asked}; printf "%s\\n" "${{COMPREPLY[@]}}"'],
            capture_output=True, text=True, check=True, env=environment, timeout=PATIENCE,
        )  # fmt: skip
        assert done.stdout.split() == wanted


UNITS_UP = ("syncd.service", "syncd-worker@1.service", "syncd-sync.service")


class Maintained:
    """The package's scripts, and a stand-in for systemd that notes what it is asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "run").mkdir()
        (folder / "asked").touch()
        self._program("systemctl", [
            f'echo "$*" >> {folder}/asked',
            f"test $1 != list-units || printf '%s loaded active\\n' {' '.join(UNITS_UP)}",
        ])  # fmt: skip
        for name in ("systemd-sysusers", "chgrp", "install"):
            self._program(name, [])

    def _program(self, name: str, lines: list[str]) -> None:
        path = self.folder / name
        path.write_text("\n".join(["#!/bin/sh", *lines, ""]), "utf-8")
        path.chmod(0o755)

    def run(self, script: str, *words: str) -> list[str]:
        """Run a script of the package, and give what it asked of systemd."""
        text = (ROOT / "packaging" / "debian" / script).read_text("utf-8")
        for place, here in (
            ("/run/systemd/system", str(self.folder / "run")),
            ("/run/syncd.stopped", str(self.folder / "stopped")),
            ("/usr/lib/systemd/system", str(ROOT / "systemd")),
        ):
            text = text.replace(place, here)
        (self.folder / "asked").write_text("", "utf-8")
        path = os.environ | {"PATH": f"{self.folder}:{os.environ['PATH']}"}
        subprocess.run(["sh", "-c", text, script, *words], check=True, env=path, timeout=PATIENCE)
        return (self.folder / "asked").read_text("utf-8").splitlines()


def test_an_upgrade_stops_all_that_is_up_and_starts_it_again(tmp_path: Path) -> None:
    package = Maintained(tmp_path)

    assert package.run("prerm", "upgrade")[-1] == f"stop {' '.join(UNITS_UP)}"
    asked = package.run("postinst", "configure")
    # Nobody waits for a sync that runs once.
    assert [line for line in asked if line.startswith("start")] == [
        "start syncd.service",
        "start syncd-worker@1.service",
        "start --no-block syncd-sync.service",
    ]


def test_what_is_removed_is_stopped_before_with_all_its_workers(tmp_path: Path) -> None:
    asked = Maintained(tmp_path).run("prerm", "remove")

    assert f"stop {' '.join(UNITS_UP)}" in asked
    assert {"--quiet disable syncd-worker@.service", "--quiet disable syncd-sync.timer"} <= set(
        asked
    )
