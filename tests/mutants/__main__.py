"""`make mutants`: breaks modules one line at a time and names what no test notices.

Exits with 1 where a mutant survives that accepted.yaml does not name, or one it names does not.
"""

import argparse
import hashlib
import json
import os
import re
import resource
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path

import yaml

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from mutations import mutants  # noqa: E402
from trial import PACKAGE, ROOT, Seen, Trial, look, prepare, try_all  # noqa: E402

# What is broken. It is tried on the unit tests of its package and on these.
MODULES = ("convert/*.py", "decide/*.py", "apply/*.py", "match/*.py", "report/access.py")
WHOLE = ("tests/cases/test_cases.py", "tests/machine/test_never_widen.py")
ACCEPTED = HERE / "accepted.yaml"
_KNOWN = ROOT / ".mutants"  # what each test runs: files of JSON, by what they were seen in
_QUICK = 0.3  # seconds; all tests of a package that take less are asked
_SAMPLE = 6  # of the others: those that differ most in what they run, for the time they take
_NONE: frozenset[int] = frozenset()


def main() -> int:
    options = _options()
    started = time.monotonic()
    os.chdir(ROOT)
    prepare()
    modules = [path for path in modules_of(MODULES) if fnmatch(path, options.only)]
    if not modules:
        sys.stderr.write(f"no module is named {options.only}\n")
        return 2
    known = accepted()
    seen = list(all_seen({path.partition("/")[0] for path in modules}))
    _say(f"{len(seen)} tests seen in {time.monotonic() - started:.0f} s")
    trials: list[Trial] = []
    for path in modules:
        trials += try_module(path, seen, known, re.compile(options.named))
    if options.named:  # of those that were not tried nobody knows whether they survive
        known = {name: why for name, why in known.items() if re.search(options.named, name)}
    return report(trials, modules, known, time.monotonic() - started)


def modules_of(patterns: Iterable[str]) -> list[str]:
    paths = [path for pattern in patterns for path in sorted(PACKAGE.glob(pattern))]
    return [str(path.relative_to(PACKAGE)) for path in paths if path.name != "__init__.py"]


def try_module(
    path: str, seen: Sequence[Seen], known: Mapping[str, str], named: re.Pattern[str]
) -> list[Trial]:
    """Try all mutants of a module that are named so, and name the survivors that are not known."""
    trials: list[Trial] = []
    package = path.partition("/")[0]
    chosen = [
        (mutant, tests_for(path, package, mutant.lines, seen))
        for mutant in mutants(path, (PACKAGE / path).read_text(), str(PACKAGE / path))
        if named.search(mutant.name)
    ]
    started = time.monotonic()
    try_all(path, chosen, trials.append)
    survivors = [trial for trial in trials if not trial.killed]
    seconds = time.monotonic() - started
    _say(f"{path}: {len(trials)} mutants, {len(survivors)} survived, {seconds:.0f} s")
    for trial in survivors:
        if trial.mutant not in known:
            _say(f"SURVIVED {trial.mutant}" + ("" if trial.tests else "  (no test runs it)"))
    return trials


def tests_for(path: str, package: str, lines: range, seen: Sequence[Seen]) -> list[Seen]:
    """Choose the tests that run these lines: the quick ones of the package, and few of the rest."""
    running = [test for test in seen if not test.lines.get(path, _NONE).isdisjoint(lines)]
    if not running:  # a constant runs once, when it is loaded
        running = [test for test in seen if path in test.lines]
    running.sort(key=lambda test: test.seconds)
    quick = [
        test
        for test in running
        if test.seconds < _QUICK and test.test.startswith(f"tests/unit/{package}/")
    ]
    rest = [test for test in running if test not in quick]
    return [*quick, *_most_different(rest, path)]


def _most_different(tests: Sequence[Seen], path: str) -> list[Seen]:
    """Choose few tests that run many lines of a module between them in little time."""
    rest, chosen, lines = list(tests), [], frozenset[int]()
    while rest and len(chosen) < _SAMPLE:
        best = max(rest, key=lambda test: len(test.lines[path] - lines) / test.seconds)
        lines |= best.lines[path]
        rest.remove(best)
        chosen.append(best)
    return chosen


# --- what each test runs ----------------------------------------------------------------------


def all_seen(packages: Iterable[str]) -> Iterator[Seen]:
    """Yield what each test runs; looks again where a module or the file of the test has changed."""
    _KNOWN.mkdir(exist_ok=True)
    broken = b"".join((PACKAGE / path).read_bytes() for path in modules_of(MODULES))
    patterns = [f"tests/unit/{package}/test_*.py" for package in sorted(packages)]
    for file in (path for pattern in (*patterns, *WHOLE) for path in sorted(ROOT.glob(pattern))):
        digest = hashlib.sha256(broken + file.read_bytes()).hexdigest()[:16]
        name = str(file.relative_to(ROOT)).replace("/", "-").removesuffix(".py")
        known = _KNOWN / f"{name}-{digest}.json"
        if not known.exists():
            for old in _KNOWN.glob(f"{name}-*.json"):
                old.unlink()
            tests = look(str(file.relative_to(ROOT)))
            known.write_text(json.dumps([_plain(test) for test in tests]))
        yield from (_test(*row) for row in json.loads(known.read_text()))


def _plain(test: Seen) -> list[object]:
    return [test.test, test.seconds, {file: sorted(ran) for file, ran in test.lines.items()}]


def _test(name: str, seconds: float, lines: Mapping[str, list[int]]) -> Seen:
    return Seen(name, seconds, {file: frozenset(ran) for file, ran in lines.items()})


# --- the end ----------------------------------------------------------------------------------


def accepted() -> dict[str, str]:
    """Give the survivors that are known, each with its reason."""
    return yaml.safe_load(ACCEPTED.read_text(encoding="utf-8")) or {}


def report(
    trials: Sequence[Trial], modules: Sequence[str], known: Mapping[str, str], seconds: float
) -> int:
    """Say what came of it, and give the exit code."""
    survivors = {trial.mutant for trial in trials if not trial.killed}
    new = survivors - known.keys()
    stale = {name for name in known if name.partition(" ")[0] in modules} - survivors
    for name in sorted(stale):
        _say(f"does not survive any more, take it out of accepted.yaml: {name}")
    _say(
        f"{len(trials)} mutants in {seconds:.0f} s ({_processor():.0f} s of processor): "
        f"{len(trials) - len(survivors)} killed, {len(survivors) - len(new)} accepted, "
        f"{len(new)} survived."
    )
    return 1 if new or stale else 0


def _processor() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="*", help="modules, such as decide/guard.py or convert/*")
    parser.add_argument("--named", default="", help="mutants whose name fits, a regular expression")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
