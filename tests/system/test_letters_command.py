"""`syncd letters` as people run it: from a plan's folder, with nothing else within reach."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import syncd

ROOT = Path(__file__).parents[2]
DEMO = Path(syncd.__file__).parent / "cli" / "demo"
LETTERS = {
    "provider": "Kestrel Hosting",
    "mailbox": "support@kestrel.example",
    "client_area": "https://my.kestrel.example/",
}
# A process that may open no connection and look up no name.
ALONE = """
import sys
def refuse(event, arguments):
    if event.startswith("socket.") and event not in ("socket.gethostname", "socket.__new__"):
        raise AssertionError(event)
sys.addaudithook(refuse)
from syncd.cli.app import main
main()
"""


def ran(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ALONE, *command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def config(folder: Path, **letters: object) -> str:
    said = yaml.safe_load((DEMO / "config.yaml").read_bytes()) | {"letters": letters}
    (folder / "config.yaml").write_text(yaml.safe_dump(said), "utf-8")
    return "config.yaml"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the plan of the demo's backup, in `plan`."""
    folder = tmp_path_factory.mktemp("letters")
    backup = str(DEMO / "legacy-backup.zip")
    done = ran(folder, "plan", "--backup", backup, "-c", config(folder), "--out", "plan")
    assert done.returncode == 5, done.stderr
    return folder


def test_the_demo_is_as_the_documentation_shows_it(home: Path) -> None:
    done = ran(home, "letters", "plan", "--out", "letters", "-c", config(home, **LETTERS))

    assert (done.returncode, done.stderr) == (0, "")
    shown = (ROOT / "docs" / "letters.md").read_text("utf-8")
    block = re.search(r"(?s)```console\n\$ [^\n]*\n(.*?)```", shown)
    assert block is not None
    plan = r"Plan \w{12}:"
    assert re.sub(plan, "", done.stdout) == re.sub(plan, "", block[1])


def test_the_plan_stays_as_it_was_and_a_second_run_changes_nothing(home: Path) -> None:
    before = {path.name: path.read_bytes() for path in (home / "plan").iterdir()}
    command = ("letters", "plan", "--out", "twice", "-c", config(home, **LETTERS))
    ran(home, *command)
    first = {path.name: path.read_bytes() for path in (home / "twice").iterdir()}
    ran(home, *command)

    assert first
    assert {path.name: path.read_bytes() for path in (home / "twice").iterdir()} == first
    assert {path.name: path.read_bytes() for path in (home / "plan").iterdir()} == before


def test_settings_that_are_missing_are_named_all_at_once(home: Path) -> None:
    done = ran(home, "letters", "plan", "--out", "none", "-c", config(home))

    assert done.returncode == 2
    for name in LETTERS:
        assert f"letters.{name}: is required for letters" in done.stderr
    assert not (home / "none").exists()


@pytest.mark.parametrize(("settings", "words"), [
    ({"mailbox": "support"}, "letters.mailbox"),
    ({"client_area": "my.kestrel.example"}, "must begin with https://"),
    ({"languages": []}, "letters.languages"),
    ({"languages": ["../english"]}, "letters.languages"),
    ({"languages": ["klingon"]}, "there is no template klingon/letter.txt.j2"),
])  # fmt: skip
def test_a_setting_that_cannot_be_used_is_named(
    settings: dict[str, object], words: str, home: Path
) -> None:
    done = ran(home, "letters", "plan", "--out", "none", "-c", config(home, **LETTERS | settings))

    assert done.returncode == 2
    assert words in done.stderr
    assert not (home / "none").exists()


def test_a_broken_template_is_told_with_file_and_line(home: Path) -> None:
    own = home / "own" / "german"
    own.mkdir(parents=True)
    (own / "owner.txt.j2").write_text("Guten Tag\n{{ nobody }}", "utf-8")
    settings = LETTERS | {"templates": "own"}
    done = ran(home, "letters", "plan", "--out", "none", "-c", config(home, **settings))

    assert done.returncode == 2
    assert f"The template {own / 'owner.txt.j2'} cannot be used" in done.stderr
    assert "line 2: no template is given 'nobody'" in done.stderr
    assert done.stderr.rstrip().endswith("and correct the file.")
    assert not (home / "none").exists()


def test_a_plan_that_was_changed_is_refused(home: Path) -> None:
    table = home / "plan" / "people.csv"
    before = table.read_bytes()
    table.write_bytes(before.replace(b"german", b"french"))
    done = ran(home, "letters", "plan", "--out", "none", "-c", config(home, **LETTERS))
    table.write_bytes(before)

    assert done.returncode == 2
    assert "people.csv: it was changed after it was made. Make a new plan." in done.stderr
    assert not (home / "none").exists()
