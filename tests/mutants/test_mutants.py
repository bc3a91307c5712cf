"""The mutation check itself: it breaks what it says, and believes the tests."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from mutations import mutants, names

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
ACCEPTED: dict[str, str] = yaml.safe_load((HERE / "accepted.yaml").read_text()) or {}


@pytest.mark.parametrize(
    ("source", "broken"),
    [
        ("if a: b = c", ["never a", "always a"]),
        ("b = a and c", ["a and c without a", "a and c without c"]),
        ("b = not a", ["not a -> a"]),
        ("b = a < c", ["a < c -> a <= c", "a < c -> a >= c"]),
        ("b = a not in c", ["a not in c -> a in c"]),
        ("b = a - c", ["a - c -> a", "a - c -> a - a"]),
        ("b = a | c", ["a | c -> a", "a | c -> c"]),
        ("for a in b: c = a", ["nothing of b"]),
        ("b = [a for a in c if d]", ["nothing of c", "never d", "always d"]),
        ("log(a)", ["without log(a)"]),
        ("a.b = c", ["without a.b = c"]),
        ("raise a", ["without raise a"]),
        ("b = {'a', 'c'}", ["without 'a' of {'a', 'c'}", "without 'c' of {'a', 'c'}"]),
        ("b = {'a': 1, 'c': d}", ["without 'a'", "without 'c'", "2 for 1 in b = {'a': 1, 'c': d}"]),
        ("b = True", ["False in b = True"]),
        ("b = a(c, d=e)", ["a without d=e"]),
        ("b = a.strip()", ["a.strip() -> a"]),
        ("b = max(a, c)", ["min for max(a, c)"]),
        ("b = sorted(a)", ["the other way round sorted(a)"]),
    ],
)
def test_a_statement_is_broken_in_every_way_there_is(source: str, broken: list[str]) -> None:
    told = [name.partition(": ")[2] for name in names("a.py", f"def f(a, c):\n    {source}\n")]

    assert told == broken


@pytest.mark.parametrize(
    ("body", "broken"),
    [
        ("-> str: return a", ["return '' for a"]),
        ("-> bool: return True", ["return False"]),
        ("-> tuple[int, ...]: return a", ["return () for a"]),
        ("-> Thing | None: return a", ["return None for a"]),
        (": yield a", ["yield nothing for a"]),
        (": yield from a", ["yield nothing for a"]),
    ],
)
def test_what_a_function_gives_is_replaced_by_nothing(body: str, broken: list[str]) -> None:
    told = [name.partition(": ")[2] for name in names("a.py", f"def f(a){body}\n")]

    assert told == broken


@pytest.mark.parametrize(
    ("query", "broken"),
    [
        ("SELECT a WHERE b NOT IN (c)", "SELECT a WHERE b IN (c)"),
        ("SELECT a WHERE b AND c", "SELECT a WHERE b OR c"),
        ("SELECT a FROM b LEFT JOIN c", "SELECT a FROM b JOIN c"),
        ("SELECT a WHERE b IS NOT NULL", "SELECT a WHERE b IS NULL"),
        ("UPDATE a SET b WHERE c <> d", "UPDATE a SET b WHERE c = d"),
        ("SELECT a WHERE EXISTS (b)", "SELECT a WHERE NOT EXISTS (b)"),
        ("SELECT DISTINCT a", "SELECT a"),
    ],
)
def test_a_query_is_broken_word_by_word(query: str, broken: str) -> None:
    mutant = next(mutants("a.py", f"Q = {query!r}", "a.py"))
    broken_module: dict[str, str] = {}
    exec(mutant.code, broken_module)  # noqa: S102, a constant

    assert broken_module["Q"] == broken


def test_words_that_are_no_query_stay() -> None:
    assert names("a.py", "Q = 'not in use, or gone'") == []


def test_a_name_stays_when_lines_move() -> None:
    source = "def f(a):\n    if a:\n        return 1\n    if a:\n        return 1\n"
    moved = f'"""A module."""\n\n\ndef g():\n    pass\n\n\n{source}'

    assert names("a.py", moved) == names("a.py", source)
    assert len(set(names("a.py", source))) == len(names("a.py", source))


# In a process of its own: it loads and forgets modules.
_TRIALS = """
import json, sys
sys.path.insert(0, "tests/mutants")
from mutations import Mutant, mutants
from trial import PACKAGE, look, prepare, try_all
prepare()
path, file = "convert/languages.py", PACKAGE / "convert/languages.py"
sound = compile(file.read_text(), str(file), "exec")
broken = list(mutants(path, file.read_text(), str(file)))[-4:]
tests = [seen for seen in look("tests/unit/convert/test_languages.py") if path in seen.lines]
trials = []
chosen = [Mutant("sound", range(1), sound), *broken]
try_all(path, [(mutant, tests) for mutant in chosen], trials.append)
print(json.dumps({trial.mutant: trial.killed for trial in trials}))
"""


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    folder = tmp_path_factory.mktemp("trials")
    run = subprocess.run(
        [sys.executable, "-c", _TRIALS], cwd=ROOT, capture_output=True, text=True, check=True,
        env={"PATH": "", "TMPDIR": str(folder)},
    )  # fmt: skip
    return json.loads(run.stdout.splitlines()[-1])


def test_tests_notice_what_is_broken_and_nothing_where_nothing_is(trials: dict[str, bool]) -> None:
    assert trials.pop("sound") is False
    assert set(trials.values()) == {True}


def test_what_may_survive_is_still_there_and_says_why() -> None:
    files = {name.partition(" ")[0] for name in ACCEPTED}
    there = {name for file in files for name in names(file, (ROOT / "syncd" / file).read_text())}

    assert set(ACCEPTED) <= there
    assert all(ACCEPTED.values())
