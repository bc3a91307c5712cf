"""Plans that workers help to make: real processes, a real PostgreSQL, and what goes wrong."""

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Self

import msgspec
import pytest
from forked import Child
from postgres import OWNER, Postgres
from provider import PATIENCE, Done, Provider, Row, lines

from syncd.workers.queue import Errand

POPULATION = Path(__file__).parents[2] / "benchmarks" / "population.py"
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


class Shared:
    """The provider, whose plans are made by workers."""

    def __init__(self, provider: Provider, postgres: Postgres) -> None:
        self.provider = provider
        self.postgres = postgres
        self.configure()

    def configure(self, workers: Mapping[str, Any] | None = None, **changes: Any) -> None:
        folder = str(self.provider.folder / "shelf")
        place = {"database": self.postgres.url, "folder": folder, "shares": 3, "wait": 30}
        self.provider.configure(workers=place | (workers or {}), **changes)

    @property
    def jobs(self) -> list[Row]:
        made = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'syncd_workers%'"
        (name,) = self.postgres.execute(made)[0]
        query = f"SELECT status::text, args FROM {name}.procrastinate_jobs"  # noqa: S608
        return [{"status": status, **args} for status, args in self.postgres.execute(query)]

    @property
    def files(self) -> list[Path]:
        return [path for path in (self.provider.folder / "shelf").rglob("*") if path.is_file()]

    def is_clean(self) -> bool:
        """Say whether there are no people on the shelf, and no job in the queue."""
        return not self.jobs and not self.files

    def worker(self, what: str = "", number: int = 0) -> "Hand":
        """Start a worker that something befalls, or nothing: see `slain`."""
        child = self._fork(what, number, "worker") if what else self.provider.start("worker")
        hand = Hand(self.provider, child)
        hand.logs("worker.started")
        return hand

    def plan(self, what: str = "", number: int = 0) -> "Hand":
        if not what:
            return Hand(self.provider, self.provider.start("plan"))
        return Hand(self.provider, self._fork(what, number, "plan"))

    def _fork(self, what: str, number: int, command: str) -> Child:
        words = [what, str(number), command, "--config", str(self.provider.config)]
        return self.provider.fork(words, "slain")


@pytest.fixture
def shared(provider: Provider, postgres: Postgres) -> Shared:
    return Shared(provider, postgres)


class Hand:
    """A command at work whose log is read as it comes. Leaving it asks it to stop."""

    def __init__(self, provider: Provider, child: Child) -> None:
        self._provider = provider
        self._done: Done | None = None
        self.child = child

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        if self._done is None:
            self.child.send_signal(signal.SIGTERM if kind is None else signal.SIGKILL)
            assert self.ends() == 0 or kind is not None, self.rest

    def logs(self, event: str, **fields: object) -> Row:
        """Wait for a line of the log with these fields, and give it."""
        log = []
        for line in self.child.stderr:
            assert line.startswith("{"), line + self.child.stderr.read()
            log.append(msgspec.json.decode(line))
            if {"event": event, **fields}.items() <= log[-1].items():
                return dict(log[-1])
        raise AssertionError(f"no {event} with {fields} in {log}")

    def is_held(self) -> None:
        """Wait until it is stopped, as `ps` shows it."""
        status = Path("/proc", str(self.child.pid), "stat")
        deadline = time.monotonic() + PATIENCE
        while status.read_text(encoding="ascii").rpartition(") ")[2][0] != "T":
            assert time.monotonic() < deadline

    def ends(self) -> int:
        """Wait for its end, and give its exit code."""
        self._done = self._provider.finish(self.child)
        return self._done.code

    @property
    def rest(self) -> str:
        """What it said beside the log that was read."""
        assert self._done is not None
        return self._done.said


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def population(provider: Provider, contacts: int) -> list[Row]:
    path = provider.folder / "legacy.sql"
    command = [sys.executable, str(POPULATION), "--contacts", str(contacts), "--out", str(path)]
    subprocess.run(command, check=True)
    return [{"kind": "backup", "name": "legacy", "path": str(path)}]


def refused(done: Done, *words: str) -> None:
    assert done.code == 4, done
    for each in words:
        assert each in done.said, done.said
    assert done.said.endswith("then run again."), done.said


# --- the same plan ----------------------------------------------------------------------------


def test_the_plan_is_that_of_one_machine_though_a_worker_was_killed_and_one_told_to_stop(
    shared: Shared,
) -> None:
    provider, folder = shared.provider, shared.provider.folder
    sources = population(provider, 400)
    provider.configure(sources=sources, state_dir=str(folder / "alone"))
    provider.plan_here(folder / "one", now=NOW)

    shared.configure({"shares": 5}, sources=sources)
    planning = Thread(target=lambda: provider.plan_here(folder / "many", now=NOW))
    with shared.worker("killed", 2) as killed:
        planning.start()
        assert killed.ends() == -signal.SIGKILL
        assert [job["status"] for job in shared.jobs].count("doing") == 1, "in the middle of it"
    with shared.worker("asked", 6) as asked:
        assert asked.ends() == 0
        # Of the first, nobody knows yet that it is dead; the second gave back what it was at.
        assert sorted(job["status"] for job in shared.jobs) == ["doing", *["todo"] * 3]
    with shared.worker(), shared.worker():
        planning.join()

    assert files_of(folder / "many") == files_of(folder / "one")
    assert len(lines(folder / "one")) > 500
    assert shared.is_clean()


def test_workers_need_nothing_of_source_and_target_and_hear_nothing_of_people(
    shared: Shared, undisturbed: dict[str, list[Any]]
) -> None:
    provider = shared.provider
    nowhere = {"identifier": "env:NOT_SET", "secret": "env:NOT_SET", "url": "https://x.example"}
    shared.configure(target=nowhere, state_dir=str(provider.folder / "worker"))
    with shared.worker():
        shared.configure()
        assert "/shelf: 1\n" in provider.syncd("check").out
        done = provider.syncd("sync")
    assert done.code == 0, done
    assert provider.picture == undisturbed
    assert shared.is_clean()

    with shared.plan() as plan:
        plan.logs("jobs.put", jobs=3)
        for job in shared.jobs:
            assert job.keys() == {"status", *Errand.__struct_fields__}
        assert "@" not in str(shared.jobs)
        assert {path.stat().st_mode & 0o777 for path in shared.files} == {0o600}
        plan.child.send_signal(signal.SIGTERM)
        assert plan.ends() == 1
        assert "Stopped while planning" in plan.rest
    assert shared.is_clean(), "what is given up leaves nothing behind"


def test_two_plans_at_once_are_kept_apart(shared: Shared) -> None:
    names = ("ada", "bob")
    plans = []
    for name in names:
        shared.configure(state_dir=str(shared.provider.folder / name))
        plans.append(shared.plan())
        plans[-1].logs("jobs.put")
    assert len({job["plan"] for job in shared.jobs}) == 2
    with shared.worker():
        assert [plan.ends() for plan in plans] == [0, 0]
    one, other = (next((shared.provider.folder / name / "plans").iterdir()) for name in names)
    assert (one / "plan.jsonl").read_bytes() == (other / "plan.jsonl").read_bytes()
    assert shared.is_clean()


def test_what_a_killed_plan_left_is_nobodys_and_goes_with_the_next(shared: Shared) -> None:
    plan = shared.plan()
    plan.logs("jobs.put")
    plan.child.send_signal(signal.SIGKILL)
    assert plan.ends() == -signal.SIGKILL
    assert (len(shared.jobs), bool(shared.files)) == (3, True)

    with shared.worker() as worker:
        for _ in range(3):
            worker.logs("job.dropped")
        assert shared.provider.syncd("plan").code == 0
    assert shared.is_clean()


def test_who_is_at_a_share_of_a_plan_that_is_stopped_drops_it(shared: Shared) -> None:
    with shared.worker("held", 2) as worker:
        plan = shared.plan()
        worker.is_held()
        plan.child.send_signal(signal.SIGINT)
        assert plan.ends() == 1
        assert not shared.files
        worker.child.send_signal(signal.SIGCONT)
        worker.logs("job.dropped")
        assert shared.provider.syncd("plan").code == 0
    assert shared.is_clean()


# --- what goes wrong ---------------------------------------------------------------------------


def test_without_a_worker_the_plan_says_so(shared: Shared) -> None:
    shared.configure({"wait": 1})
    for _ in range(2):  # before and after the tables are made
        assert "/shelf: 0\n      Nobody is at work there now" in shared.provider.syncd("check").out
        done = shared.provider.syncd("plan")
    refused(done, "No worker took up a job in postgresql://", " for 1 s.", "Start `syncd worker`")
    assert shared.is_clean()
    assert "No worker took up a job" in shared.provider.status


def test_a_worker_of_another_version_refuses_and_the_plan_says_why(shared: Shared) -> None:
    shared.configure({"wait": 4})
    with shared.worker("older") as worker:
        plan = shared.plan()
        assert "this worker is syncd 0.0.9 (" in worker.logs("job.refused")["why"]
        assert plan.ends() == 4
        assert " refuses: the plan is made by syncd " in plan.rest
    goes_on(shared)


def test_a_worker_that_sees_another_folder_refuses(shared: Shared) -> None:
    shared.configure({"folder": str(shared.provider.folder / "elsewhere")})
    with shared.worker() as worker:
        shared.configure({"wait": 4})
        plan = shared.plan()
        assert "must be one that all share" in worker.logs("job.refused")["why"]
        assert plan.ends() == 4
    goes_on(shared)


def test_a_share_that_is_damaged_on_its_way_is_not_used(shared: Shared) -> None:
    with shared.worker("damaged", 2):
        plan = shared.plan()
        assert plan.ends() == 4
        assert "it is not as it was written. Nothing was sent" in plan.rest
    with shared.worker():
        plan = shared.plan("damaged", 2)
        assert plan.ends() == 4
        assert "could not do its share: The file " in plan.rest
    assert shared.is_clean()


def test_a_defect_of_a_worker_ends_the_plan_and_its_trace_is_in_the_log(shared: Shared) -> None:
    worker = shared.worker("broken", 1)
    plan = shared.plan()
    assert plan.ends() == 4
    assert "could not do its share: ZeroDivisionError: A defect in syncd." in plan.rest
    worker.child.send_signal(signal.SIGTERM)
    with worker.child as child:
        _, log = child.communicate(PATIENCE)
    assert "Traceback" in log
    goes_on(shared)


def goes_on(shared: Shared) -> None:
    """See that the next plan is made, whatever the last one left in the queue."""
    assert not shared.files
    with shared.worker():
        assert shared.provider.syncd("plan").code == 0
    assert shared.is_clean()


def test_without_the_database_plan_and_worker_end_and_the_next_plan_is_made(
    shared: Shared,
) -> None:
    worker = shared.worker("older")  # which does none of it
    plan = shared.plan()
    plan.logs("jobs.put")
    shared.postgres.execute(f"ALTER ROLE {OWNER} NOLOGIN")
    try:
        shared.postgres.cut()
        for each in (plan, worker):
            assert each.ends() == 4
            assert "Cannot use the queue of the workers, postgresql://" in each.rest
    finally:
        shared.postgres.execute(f"ALTER ROLE {OWNER} LOGIN")
    goes_on(shared)


def test_what_cannot_be_begun_is_said_at_once(shared: Shared) -> None:
    file = shared.provider.folder / "file"
    file.touch(0o600)
    shared.configure({"folder": str(file)})
    refused(shared.provider.syncd("plan"), f"Cannot write {file}", "Make workers.folder one that")
    shared.configure({"database": "postgresql://keeper@127.0.0.1:1/syncd"})
    for command in ("plan", "worker"):
        refused(shared.provider.syncd(command), "Cannot use the queue", "take workers out of")
    done = shared.provider.syncd("check")
    assert (done.code, "FAIL  workers by postgresql://" in done.out) == (4, True), done
    shared.provider.configure()
    done = shared.provider.syncd("worker")
    assert (done.code, "workers: needed" in done.said) == (2, True)
