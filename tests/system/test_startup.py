"""What a command loads: `--help` and `--version` next to nothing, a plain install no web server."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from provider import PATIENCE, Provider

import syncd
from syncd.cli.words import Exit

PACKAGE = Path(syncd.__file__).parent
PROJECT = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))["project"]
DISTRIBUTIONS = packages_distributions()  # by the packages they bring

# The command line itself: what is typed, and the words of errors.
OURS = {
    *("syncd", "syncd.cli", "syncd.cli.app", "syncd.cli.interrupt", "syncd.cli.options"),
    *(
        "syncd.cli.advice",
        "syncd.cli.configs",
        "syncd.cli.daemon",
        "syncd.cli.daemon.faults",
        "syncd.journal",
        "syncd.journal.faults",
        "syncd.cli.folders",
        "syncd.cli.journals",
        "syncd.cli.lines",
        "syncd.cli.pauses",
        "syncd.cli.requests",
        "syncd.cli.words",
        "syncd.workers",
        "syncd.workers.faults",
        "syncd.workspace",
        "syncd.workspace.faults",
    ),
    "syncd.errors",
}
TYPER = {"typer", "annotated_doc", "shellingham"}
# What typer judges the options of a command with.
JUDGING = {
    *("pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection"),
}
EXTRA = ("bcrypt", "flask", "waitress", "werkzeug", "itsdangerous", "blinker")

LOADED = """
import sys
started = set(sys.modules)
import contextlib, io, json
from syncd.cli.app import main
sys.argv[0] = "syncd"
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
print(json.dumps(sorted(sys.modules.keys() - started)))
"""
# None in place of a module is as good as not installed.
WITHOUT_EXTRA = f"import sys; sys.modules.update(dict.fromkeys({EXTRA}))"
PLAIN = f"{WITHOUT_EXTRA}; from syncd.cli.app import main; main()"


def python(
    program: str, *words: str, folder: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        cwd=folder,
    )


# --- the first words ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "others"),
    [
        ("--version", TYPER),
        ("--help", TYPER),
        ("sync --help", TYPER | JUDGING),
        ("journal check --help", TYPER | JUDGING),
    ],
    ids=["--version", "--help", "sync --help", "journal check --help"],
)
def test_help_and_version_load_nothing_to_work_with(words: str, others: set[str]) -> None:
    done = python(LOADED, *words.split())

    modules = json.loads(done.stdout)
    assert {name for name in modules if name.partition(".")[0] == "syncd"} == OURS
    assert {name.partition(".")[0] for name in modules} & DISTRIBUTIONS.keys() == others | {"syncd"}


def test_what_only_looks_loads_no_run_and_status_no_engine(provider: Provider) -> None:
    provider.plan_here()
    loaded = {}
    for command in ("status", "explain legacy/17"):
        done = python(LOADED, *command.split(), "--config", str(provider.config))
        loaded[command] = set(json.loads(done.stdout))
        assert {"sqlalchemy", "pydantic"} <= loaded[command], "it did look"
        of_a_run = {
            "syncd.run",
            "syncd.pipeline",
            "syncd.wiring",
            "requests",
            "smtplib",
            "nanoarrow",
            "email_validator",
            "sqlalchemy.dialects.postgresql",
        }
        assert loaded[command].isdisjoint(of_a_run), command
    assert "duckdb" not in loaded["status"]
    assert "duckdb" in loaded["explain legacy/17"]


def test_the_help_shows_a_whole_sentence_for_each_command() -> None:
    done = python("import os; os.environ['COLUMNS'] = '80'; " + PLAIN, "--help")

    _, _, rest = done.stdout.partition("Commands:\n")
    commands, _, codes = rest.partition("\n\n")
    assert "Exit codes:" in codes
    assert len(commands.splitlines()) > 10
    for line in commands.splitlines():
        assert re.fullmatch(r"  \w+ +[A-Z].*[^.]\.", line), line
    docs = (PACKAGE.parent / "docs" / "commands.md").read_text("utf-8")
    documented = re.findall(r"^\| \[`syncd (\w+)`\]", docs, re.MULTILINE)
    assert [line.split()[0] for line in commands.splitlines()] == documented


# --- a plain install ------------------------------------------------------------------------


def imported(path: Path) -> Iterator[str]:
    """Yield the packages that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module).partition(".")[0]


def used(paths: Iterator[Path]) -> set[str]:
    """Give the distributions of others that modules import from."""
    packages = {name for path in paths for name in imported(path)} - sys.stdlib_module_names
    brought = {name for package in packages for name in DISTRIBUTIONS[package]}
    return {name.lower().replace("_", "-") for name in brought} - {"syncd"}


def declared(requirements: list[str]) -> set[str]:
    return {re.match(r"[\w-]+", line)[0].lower() for line in requirements}  # type: ignore[index]


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    everything = set(PACKAGE.rglob("*.py"))
    rooms = {name: set((PACKAGE / name).rglob("*.py")) for name in ("sandbox", "pages")}
    needed = declared(PROJECT["dependencies"])
    queue = {PACKAGE / "workers" / "queue.py", PACKAGE / "workers" / "serve.py"}
    quick = {PACKAGE / "wire" / "rows.py"}

    plain = used(iter(everything.difference(queue, quick, *rooms.values())))
    assert plain | {"tzdata"} == needed  # zones are no code
    assert used(iter(queue)) - needed == {"procrastinate", "psycopg"}
    assert used(iter(quick)) - needed == declared(PROJECT["optional-dependencies"]["fast"])
    for name, room in rooms.items():
        extra = declared(PROJECT["optional-dependencies"][name])
        assert extra <= used(iter(room)) <= needed | extra


def test_all_but_sandbox_and_pages_can_be_imported_without_the_extra() -> None:
    names = [
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for path in PACKAGE.rglob("*.py")
        if path.name not in {"__init__.py", "__main__.py"}
        and path.relative_to(PACKAGE).parts[0] not in {"sandbox", "pages"}
    ]

    done = python(f"{WITHOUT_EXTRA}\nimport importlib\nfor name in {names}:\n"
                  "    importlib.import_module(name)")  # fmt: skip

    assert done.returncode == 0, done.stderr


def test_a_sync_needs_no_extra(provider: Provider) -> None:
    done = python(PLAIN, "sync", "--config", str(provider.config), folder=provider.folder)

    assert done.returncode == Exit.DONE, done.stderr
    assert len(provider.mails) == 5


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (["demo"], "sandbox"),
        (["rehearse"], "sandbox"),
        (["sandbox"], "sandbox"),
        (["sandbox", "--help"], "sandbox"),
        (["serve"], "pages"),
    ],
    ids=str,
)
def test_without_its_extra_a_command_says_what_to_install(
    words: list[str], extra: str, tmp_path: Path
) -> None:
    done = python(PLAIN, *words, folder=tmp_path)

    assert done.returncode == Exit.USAGE
    assert done.stdout == ""
    assert done.stderr == (
        f"`syncd {words[0]}` needs the extra `{extra}`, which is not installed: run "
        f'`pip install ".[{extra}]"` in the folder that syncd was installed from.\n'
    )
    assert list(tmp_path.iterdir()) == []
