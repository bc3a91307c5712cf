"""The companions that join the contract, over MariaDB: the PHP in companion/, and the sandbox's."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

for _suite in ("companion_contract", "companion_attach_contract", "companion_withdraw_contract"):
    pytest.register_assert_rewrite(_suite)

from companion_attach_contract import AttachContract  # noqa: E402
from companion_contract import CapabilitiesContract, ObserveContract, world  # noqa: E402
from companion_withdraw_contract import WithdrawContract  # noqa: E402
from companion_world import Place  # noqa: E402
from control import direct_session  # noqa: E402
from mariadb import Database, MariaDb  # noqa: E402
from php_whmcs import PhpWhmcs, serving  # noqa: E402

from syncd.sandbox import Sandbox, running  # noqa: E402

__all__ = ["world"]


@pytest.fixture(scope="module")
def php(mariadb: MariaDb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhpWhmcs]:
    with (
        mariadb.database("whmcs-8.3") as database,
        serving(database, tmp_path_factory.mktemp("php")) as whmcs,
    ):
        yield whmcs


class Php:
    @pytest.fixture
    def place(self, php: PhpWhmcs) -> Place:
        php.reset()
        return php


class TestPhpCapabilities(Php, CapabilitiesContract): ...


class TestPhpObserve(Php, ObserveContract): ...


class TestPhpAttach(Php, AttachContract): ...


class TestPhpWithdraw(Php, WithdrawContract): ...


class OfSandbox:
    """The sandbox's own companion, its tables in MariaDB."""

    def __init__(self, sandbox: Sandbox, database: Database) -> None:
        self.url = f"{sandbox.url}/includes/api.php"
        self.credential = {"identifier": sandbox.identifier, "secret": sandbox.secret}
        self.database = database
        self._control = sandbox.control
        self._session = direct_session()

    def reset(self) -> None:
        self._tell("reset", switches=True)
        self._tell("switches", companion="on")

    @contextmanager
    def without(self, column: str) -> Iterator[None]:
        self._tell("switches", companion_lacks=column)
        yield
        self._tell("switches", companion_lacks="")

    def _tell(self, path: str, **body: object) -> None:
        answer = self._session.post(f"{self._control}/{path}", json=body, timeout=10)
        assert answer.ok, answer.text


@pytest.fixture(scope="module")
def sandbox(mariadb: MariaDb) -> Iterator[OfSandbox]:
    with mariadb.database("") as database, running(database=database.url) as sandbox:
        yield OfSandbox(sandbox, database)


class InSandbox:
    @pytest.fixture
    def place(self, sandbox: OfSandbox) -> Place:
        sandbox.reset()
        return sandbox


class TestSandboxCapabilities(InSandbox, CapabilitiesContract): ...


class TestSandboxObserve(InSandbox, ObserveContract): ...


class TestSandboxAttach(InSandbox, AttachContract): ...


class TestSandboxWithdraw(InSandbox, WithdrawContract): ...
