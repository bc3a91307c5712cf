"""The queue: jobs of Procrastinate in a database of PostgreSQL.

Each version of Procrastinate has a schema of its own there, made when it is first needed: nothing
in a queue is worth a migration. A plan holds a lock of its session as long as it is made; jobs of
a plan without one are nobody's, whoever left them behind.
"""

import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Self

import msgspec
import procrastinate
import psycopg
from procrastinate import exceptions, schema, sql
from psycopg.conninfo import make_conninfo

from syncd.model.connection import NETWORK, SharedWork
from syncd.workers.faults import QueueUnreachable

BEAT = 2.0  # seconds between two signs of life of a worker
STALLED = 10.0  # seconds without one, after which its job is another's
TASK = "share"
_PLANS = 0x73796E63  # "sync": the class of the locks that plans hold
_MAKING = 0x73796E6364  # "syncd": the lock that is held while tables are made
_SCHEMA = "syncd_workers_" + procrastinate.__version__.replace(".", "_")
_HELD = """
    SELECT objid FROM pg_locks
    WHERE locktype = 'advisory' AND classid::bigint = %s AND objsubid = 2
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

_ALIVE = """
    SELECT count(*) FROM procrastinate_workers
    WHERE last_heartbeat > now() - make_interval(secs => %s)
"""


class Errand(msgspec.Struct, frozen=True):
    """What a job is to do: the arguments of a job, all that the queue knows of a plan.

    `rules` is the seal of the rules that the plan is made by, `program` what makes it.
    """

    plan: str
    step: str
    share: int
    shares: int
    rules: str
    program: str


class JobLeft(msgspec.Struct, frozen=True):
    """A job that is not done; `is_begun` where somebody is at it, for the how manieth time."""

    share: int
    attempt: int
    is_begun: bool


@contextmanager
def reached(place: SharedWork) -> Iterator[None]:
    """Raise `QueueUnreachable` for whatever the database is the reason of."""
    try:
        yield
    except (psycopg.Error, exceptions.ConnectorException) as error:
        cause = error.__cause__ or error
        words = str(cause).strip().partition("\n")[0] or type(cause).__name__
        raise QueueUnreachable(str(place), words) from error


def prepare(place: SharedWork) -> None:
    """Make the tables where they are not there yet."""
    # Its lines have a job's arguments; what there is to say, syncd says.
    for name in ("procrastinate", "psycopg.pool"):  # what is wrong is said in our words
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with reached(place), connected(place) as con, con.transaction():
        con.execute("SELECT pg_advisory_xact_lock(%s)", [_MAKING])
        known = con.execute("SELECT to_regclass(%s)", [f"{_SCHEMA}.procrastinate_jobs"])
        if known.fetchall() == [(None,)]:
            con.execute(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}".encode())
            con.execute(schema.SchemaManager.get_schema())


def alive(place: SharedWork) -> int:
    """Count the workers that have given a sign of life just now, whatever queue they work at."""
    with reached(place), connected(place) as con:
        known = con.execute("SELECT to_regclass('procrastinate_workers')")
        if known.fetchall() == [(None,)]:
            return 0
        (number,) = con.execute(_ALIVE, [STALLED]).fetchall()[0]
        return int(number)


def connected(place: SharedWork) -> "psycopg.Connection[Any]":
    return psycopg.connect(**arguments(place), autocommit=True)


def arguments(place: SharedWork) -> dict[str, Any]:
    """Give what a connection is made with."""
    password = {"password": place.password} if place.password else {}
    return {
        "conninfo": make_conninfo(place.url, **password),
        "options": f"-c search_path={_SCHEMA}",
        "application_name": "syncd",
        **NETWORK,
    }


def pool(place: SharedWork) -> dict[str, Any]:
    """Give what the pool of a connector is made with."""
    way = arguments(place)
    return {
        "conninfo": way.pop("conninfo"),
        "kwargs": way,
        "min_size": 1,
        "max_size": 4,
        "timeout": 10,
        "reconnect_timeout": 10,
    }


# --- plans that are being made ----------------------------------------------------------------


def hold(con: "psycopg.Connection[Any]", plan: str) -> None:
    """Say that a plan is being made, as long as the connection lasts."""
    con.execute("SELECT pg_advisory_lock(%s, %s)", [_PLANS, _number(plan)])


def is_held(con: "psycopg.Connection[Any]", plan: str) -> bool:
    """Say whether somebody is making a plan."""
    held = {number for (number,) in con.execute(_HELD, [_PLANS])}
    return _number(plan) in held


def _number(plan: str) -> int:
    return zlib.crc32(plan.encode()) >> 1  # below what PostgreSQL takes for negative


# --- jobs, as who makes a plan sees them -------------------------------------------------------


class Jobs:
    """The jobs of a queue. Use as a context manager."""

    def __init__(self, place: SharedWork) -> None:
        self._place = place
        self._app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(**pool(place)))

    def __enter__(self) -> Self:
        with reached(self._place):
            self._con = connected(self._place)
            self._app.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._app.close()
        self._con.close()

    def begin(self, plan: str) -> None:
        """Hold a plan, and take out what those have left that nobody makes any more."""
        with reached(self._place):
            hold(self._con, plan)
            for job in self._listed():
                if not is_held(self._con, str(job.task_kwargs["plan"])):
                    self._take_out(job)

    def is_held(self, plan: str) -> bool:
        with reached(self._place):
            return is_held(self._con, plan)

    def put(self, errand: Errand) -> None:
        with reached(self._place):
            self._app.configure_task(TASK, queue=self._place.queue).defer(
                **msgspec.structs.asdict(errand)
            )

    def left(self, plan: str) -> list[JobLeft]:
        """Give the jobs of a plan that nobody has done.

        A job whose worker gives no sign of life is free again.
        """
        with reached(self._place):
            self._con.execute("SELECT 1")  # the plan is held as long as this connection lasts
            for stalled in self._stalled():
                if stalled["args"]["plan"] == plan:
                    self._app.job_manager.retry_job_by_id(stalled["id"], datetime.now(UTC))
            return [
                JobLeft(int(str(job.task_kwargs["share"])), job.attempts, job.status == "doing")
                for job in self._listed()
                if job.task_kwargs["plan"] == plan
            ]

    def withdraw(self, plan: str) -> None:
        """Take out all jobs of a plan; who is at one is told to stop."""
        with reached(self._place):
            for job in self._listed():
                if job.task_kwargs["plan"] == plan:
                    self._take_out(job)

    def _listed(self) -> list[procrastinate.jobs.Job]:
        return self._app.job_manager.list_jobs(queue=self._place.queue)

    def _stalled(self) -> list[dict[str, Any]]:
        return self._app.connector.get_sync_connector().execute_query_all(
            query=sql.queries["select_stalled_jobs_by_heartbeat"],
            queue=self._place.queue,
            task_name=TASK,
            seconds_since_heartbeat=STALLED,
        )

    def _take_out(self, job: procrastinate.jobs.Job) -> None:
        number = job.id or 0
        self._app.job_manager.cancel_job_by_id(number, abort=True, delete_job=True)
        if any(each["id"] == number for each in self._stalled()):
            self._app.connector.get_sync_connector().execute_query(
                query=sql.queries["finish_job"], job_id=number, status="aborted", delete_job=True
            )
