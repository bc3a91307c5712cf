"""packaging/Containerfile: what it copies, runs and starts is there. No image is built here."""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import typer

from syncd.cli.app import app

ROOT = Path(__file__).parents[2]
FILE = ROOT / "packaging" / "Containerfile"
IGNORED = FILE.with_name("Containerfile.containerignore").read_text("utf-8").split()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


class Step(NamedTuple):
    word: str
    rest: str


def stages() -> list[list[Step]]:
    """Give the steps of each stage, lines that go on joined."""
    text = re.sub(r"(?m)^#.*\n", "", FILE.read_text("utf-8")).replace("\\\n", " ")
    steps = [Step(*line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]
    starts = [number for number, step in enumerate(steps) if step.word == "FROM"]
    assert starts[0] == 0
    return [steps[a:b] for a, b in zip(starts, [*starts[1:], len(steps)], strict=True)]


def rest(stage: list[Step], word: str) -> list[str]:
    return [step.rest for step in stage if step.word == word]


def copied(folder: Path) -> Path:
    """Copy this tree as `COPY . .` does, without what is ignored."""
    ignored = shutil.ignore_patterns(*(each.removeprefix("**/") for each in IGNORED))
    return shutil.copytree(ROOT, folder / "src", symlinks=True, ignore=ignored)


def test_both_stages_have_one_python_that_syncd_takes() -> None:
    build, final = stages()
    image, _, name = build[0].rest.partition(" AS ")
    assert (image, name) == (final[0].rest, "build")
    version = re.search(r"/python:(\d+)\.(\d+)-", image)
    least = re.fullmatch(r">=(\d+)\.(\d+)", PROJECT["requires-python"])
    assert version is not None
    assert least is not None
    assert tuple(map(int, version.groups())) >= tuple(map(int, least.groups()))


def test_what_is_copied_is_there_and_makes_the_wheel(tmp_path: Path) -> None:
    build, final = stages()
    assert rest(build, "COPY") == [". ."]
    tree = copied(tmp_path)
    (install,) = (step for step in rest(build, "RUN") if "pip install" in step)
    assert (tree / shlex.split(install.partition("--constraint")[2])[0]).is_file()
    for name in ("tests", "dist", ".git", ".venv", ".mypy_cache"):
        assert not (tree / name).exists(), "it has no place in an image"

    wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*wheel, "-w", tmp_path, tree], check=True, capture_output=True)
    (path,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    assert {"syncd/config.example.yaml", "syncd/mappings/whmcs-7.yaml"} <= set(names)
    assert len([name for name in names if fnmatch(name, "syncd/*.py")]) == len(
        list((ROOT / "syncd").rglob("*.py"))
    )

    # What the last stage takes over is what the first one makes.
    (taken,) = rest(final, "COPY")
    stage, there, here = taken.split()
    assert (stage, there) == ("--from=build", here)
    assert f"python -m venv {there} " in rest(build, "RUN")[0]
    assert f"{there}/bin/pip install" in install


def test_what_it_starts_is_a_command_of_what_it_installs() -> None:
    _, final = stages()
    (entry,), (command,) = rest(final, "ENTRYPOINT"), rest(final, "CMD")
    folder = rest(final, "COPY")[0].split()[-1]
    assert entry == f'["{folder}/bin/syncd"]'
    assert PROJECT["scripts"]["syncd"] == "syncd.cli.app:main"
    assert command == '["run"]'
    assert "run" in typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert f"PATH={folder}/bin:" in rest(final, "ENV")[0]


def test_it_runs_as_the_user_that_its_state_folder_belongs_to() -> None:
    _, final = stages()
    (made,), (user,), (volume,) = (rest(final, word) for word in ("RUN", "USER", "VOLUME"))
    number, group = user.split(":")
    assert f"groupadd --system --gid {group} syncd" in made
    assert f"useradd --system --uid {number} --gid syncd" in made
    assert f"install -d -m 700 -o syncd -g syncd {volume}" in made
    assert int(number) > 0
    last = [step.word for step in final]
    assert last.index("RUN") < last.index("USER"), "nothing is made once root is gone"


def test_it_has_every_extra_as_the_package_does() -> None:
    extras = sorted(set(PROJECT["optional-dependencies"]) - {"test"})
    assert f"'.[{','.join(extras)}]'" in FILE.read_text("utf-8")
