"""Trials: what the tests say of a broken module.

A process that has loaded everything but syncd forks: one child loads syncd and the tests of a
module and forks again for each mutant, which costs a blink. There the functions that live are
given the broken code. What runs while modules are loaded, such as a constant, is broken before
that: the first child loads the module from its broken code.
"""

import gc
import importlib.abc
import importlib.util
import math
import os
import pickle
import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple, TypeVar

import pytest
from hypothesis import Phase, settings
from mutations import Mutant

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "syncd"
# Processor time after which a mutant was noticed: seconds, and times what its tests need.
_PATIENCE = 10, 3
_OPTIONS = [
    "-o", "addopts=", "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:xdist",
    "-p", "no:unraisableexception", "-p", "no:threadexception",
    "-W", "ignore::pytest.PytestAssertRewriteWarning",
]  # fmt: skip
_NOTICED, _SURVIVED = 1, 0
T = TypeVar("T")


class Seen(NamedTuple):
    """What a test ran, by file of syncd, and in how many seconds."""

    test: str
    seconds: float
    lines: Mapping[str, frozenset[int]]


Chosen = tuple[Mutant, Sequence[Seen]]  # a mutant, and the tests to be run, in their order


class Trial(NamedTuple):
    mutant: str
    killed: bool
    tests: int  # that run the broken line


def prepare() -> None:
    """Load what the tests need, but nothing of syncd; the same examples each time."""
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]
    # No shrinking: it is enough that there is an example.
    phases = [Phase.explicit, Phase.generate]
    settings.register_profile("mutants", derandomize=True, database=None, phases=phases)
    settings.load_profile("mutants")
    importlib.import_module("rehearsal")
    importlib.import_module("syncd.cli.app")
    ours = {path.stem for path in (ROOT / "tests").glob("*.py")} | {"syncd"}
    for name in [name for name in sys.modules if name.partition(".")[0] in ours]:
        del sys.modules[name]
    gc.collect()
    gc.freeze()


# --- which test runs which line ---------------------------------------------------------------


def look(test_file: str) -> list[Seen]:
    """Run every test of a file by itself, and see which lines of syncd it runs."""
    session = _Look()

    def run() -> list[Seen]:
        if _session(session, [test_file]):
            raise AssertionError(f"{test_file} fails unbroken")
        return session.seen

    return in_child(run)


class _Look:
    def __init__(self) -> None:
        self.seen: list[Seen] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for item in session.items:
            self.seen.append(in_child(lambda item=item: _seen(item)))
        return True


Lines = dict[str, set[int]]  # that ran, by file


def _recorder(below: str, lines: Lines) -> Callable[[Any, str, Any], Any]:
    """Give a tracer that notes the lines that run of files whose path begins like this."""

    def trace(frame: Any, event: str, _: object) -> Any:
        if event == "call" and not frame.f_code.co_filename.startswith(below):
            return None
        lines.setdefault(frame.f_code.co_filename, set()).add(frame.f_lineno)
        return trace

    return trace


def _seen(item: pytest.Item) -> Seen:
    lines: Lines = {}
    started = time.process_time()
    sys.settrace(_recorder(str(PACKAGE), lines))
    reports = _run(item, None)
    sys.settrace(None)
    for report in reports:
        if report.failed:
            raise AssertionError(f"{item.nodeid} fails unbroken: {report.longreprtext}")
    here = {str(Path(path).relative_to(PACKAGE)): frozenset(ran) for path, ran in lines.items()}
    return Seen(item.nodeid, time.process_time() - started, here)


# --- what a mutant comes to -------------------------------------------------------------------


def try_all(path: str, chosen: Sequence[Chosen], say: Callable[[Trial], None]) -> None:
    """Try each mutant of a module on its tests, the first to be run first."""
    worth = [(mutant, tests) for mutant, tests in chosen if tests]
    killed = in_child(lambda: _alive(path, worth)) if worth else {}
    for mutant, tests in chosen:
        if tests and mutant.name not in killed:
            killed[mutant.name] = _noticed(
                lambda mutant=mutant, tests=tests: _afresh(path, mutant, tests), tests
            )
        say(Trial(mutant.name, killed.get(mutant.name, False), len(tests)))


def _alive(path: str, chosen: Sequence[Chosen]) -> dict[str, bool]:
    """Try the mutants of what does not run while modules are loaded: which ones were killed."""
    session = _Alive(path, chosen)
    files = {_file(test): None for _, tests in chosen for test in tests}
    sys.settrace(_recorder(str(PACKAGE / path), session.loaded))
    _session(session, list(files))
    return session.killed


class _Alive:
    def __init__(self, path: str, chosen: Sequence[Chosen]) -> None:
        self.killed: dict[str, bool] = {}
        self.loaded: Lines = {}
        self._path = str(PACKAGE / path)
        self._chosen = chosen

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        sys.settrace(None)
        loaded = self.loaded.get(self._path, set())
        items = {item.nodeid: item for item in session.items}
        living = _living(self._path)
        gc.freeze()
        for mutant, tests in self._chosen:
            if loaded.isdisjoint(mutant.lines):
                run = [items[test.test] for test in tests]
                self.killed[mutant.name] = _noticed(
                    lambda run=run, mutant=mutant: _swap(mutant.code, living) or _run_all(run),
                    tests,
                )
        return True


def _run_all(items: Sequence[pytest.Item]) -> int:
    for item, following in zip_longest(items, items[1:]):
        if any(report.failed for report in _run(item, following)):
            return _NOTICED
    return _SURVIVED


def _run(item: pytest.Item, following: pytest.Item | None) -> list[pytest.TestReport]:
    catch = _Reports()
    item.config.pluginmanager.register(catch)
    item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
    item.config.pluginmanager.unregister(catch)
    return catch.reports


def _file(test: Seen) -> str:
    return test.test.partition("::")[0]


class _Reports:
    def __init__(self) -> None:
        self.reports: list[pytest.TestReport] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.reports.append(report)


_Place = tuple[str, int]  # name and line of a function


def _living(path: str) -> dict[_Place, list[FunctionType]]:
    living: dict[_Place, list[FunctionType]] = {}
    for thing in gc.get_objects():
        if type(thing) is FunctionType and thing.__code__.co_filename == path:
            living.setdefault(_place(thing.__code__), []).append(thing)
    return living


def _place(code: CodeType) -> _Place:
    return code.co_qualname, code.co_firstlineno


def _swap(module: CodeType, living: Mapping[_Place, list[FunctionType]]) -> None:
    """Give the functions that live the code of a broken module."""
    for code in _codes(module):
        for function in living.get(_place(code), []):
            if len(code.co_freevars) == len(function.__code__.co_freevars):
                function.__code__ = code


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _afresh(path: str, mutant: Mutant, tests: Sequence[Seen]) -> int:
    """Load the broken module in place of the sound one, and run its tests."""
    sys.meta_path.insert(0, _Broken(path, mutant.code))
    session = _Afresh(tests)
    code = _session(session, list({_file(test): None for test in tests}))
    return _NOTICED if code else session.result


class _Afresh:
    def __init__(self, tests: Sequence[Seen]) -> None:
        self.result = _SURVIVED
        self._tests = tests

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        # One that is not there any more: it was made of what is broken.
        missing = any(test.test not in items for test in self._tests)
        self.result = _NOTICED if missing else _run_all([items[test.test] for test in self._tests])
        return True


class _Broken(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module from its broken code."""

    def __init__(self, path: str, code: CodeType) -> None:
        self._name = ".".join(["syncd", *Path(path).with_suffix("").parts])
        self._path = PACKAGE / path
        self._code = code

    def find_spec(self, name: str, *_: object) -> Any:
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(name, self._path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)  # noqa: S102, the module as it is broken


# --- processes --------------------------------------------------------------------------------


def _session(plugin: object, files: Sequence[str]) -> int:
    base = f"--basetemp={os.environ.get('TMPDIR', '/tmp')}/mutants-{os.getpid()}"  # noqa: S108
    return int(pytest.main([*_OPTIONS, base, f"--rootdir={ROOT}", *files], plugins=[plugin]))


def in_child(work: Callable[[], T]) -> T:
    """Give what work comes to in a process of its own; raises where it does not come to its end."""
    source, sink = os.pipe()
    if (pid := os.fork()) == 0:
        os.close(source)
        _quietly(sink, work)
    os.close(sink)
    with os.fdopen(source, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(pid, 0)
    if status:
        raise ChildProcessError(f"ended with {os.waitstatus_to_exitcode(status)}")
    return pickle.loads(told)  # noqa: S301, from ourselves


def _quietly(sink: int, work: Callable[[], Any]) -> None:
    code = 1
    try:
        told = pickle.dumps(work())
        with os.fdopen(sink, "wb") as pipe:
            pipe.write(told)
        code = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)


def _noticed(work: Callable[[], int], tests: Sequence[Seen]) -> bool:
    """Whether work in a process of its own found the mutant, or did not live to tell."""
    start, times = _PATIENCE
    most = start + times * math.ceil(sum(test.seconds for test in tests))
    if (pid := os.fork()) == 0:
        code = _NOTICED
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (most, most))
            code = int(work())
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return status != 0
