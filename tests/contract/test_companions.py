"""The companions that join the contract: the PHP in companion/, under a harness, over MariaDB."""

from collections.abc import Iterator

import pytest

for _suite in ("companion_contract", "companion_attach_contract", "companion_withdraw_contract"):
    pytest.register_assert_rewrite(_suite)

from companion_attach_contract import AttachContract  # noqa: E402
from companion_contract import CapabilitiesContract, ObserveContract, world  # noqa: E402
from companion_withdraw_contract import WithdrawContract  # noqa: E402
from companion_world import Place  # noqa: E402
from mariadb import MariaDb  # noqa: E402
from php_whmcs import PhpWhmcs, serving  # noqa: E402

__all__ = ["world"]


@pytest.fixture(scope="module")
def php(mariadb: MariaDb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhpWhmcs]:
    with (
        mariadb.database("whmcs-8.3") as database,
        serving(database, tmp_path_factory.mktemp("php")) as whmcs,
    ):
        yield whmcs


class TestPhp(CapabilitiesContract, ObserveContract, AttachContract, WithdrawContract):
    @pytest.fixture
    def place(self, php: PhpWhmcs) -> Place:
        php.reset()
        return php
