"""The target's reader and writer over the companion's own PHP, as over the sandbox."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import msgspec
import pytest

pytest.register_assert_rewrite("target_contract")

from companion_world import JANE, NEW, World  # noqa: E402
from mariadb import MariaDb  # noqa: E402
from php_whmcs import PhpWhmcs, serving  # noqa: E402
from target_contract import ACME, FEW, add, remove  # noqa: E402
from test_targets import Bindings  # noqa: E402

from syncd.errors import Conflict, OwnerProtected  # noqa: E402
from syncd.model.attachment import Attachment  # noqa: E402
from syncd.model.change import Change  # noqa: E402
from syncd.model.connection import ApiConnection  # noqa: E402
from syncd.model.permission import ALL  # noqa: E402
from syncd.model.resources import Invite, Membership  # noqa: E402
from syncd.ports import InviteState, Observed, Ownership  # noqa: E402
from syncd.targets.whmcs import companion_rows  # noqa: E402
from syncd.targets.whmcs.client import WhmcsClient  # noqa: E402
from syncd.targets.whmcs.companion import Companion  # noqa: E402
from syncd.targets.whmcs.companion_rows import Addresses  # noqa: E402
from syncd.targets.whmcs.companion_writer import CompanionWriter  # noqa: E402
from syncd.wire.client import ReadingClient  # noqa: E402

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MAKES = Attachment("Dora", "Dean", makes_user=True)


@pytest.fixture(scope="module")
def php(mariadb: MariaDb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhpWhmcs]:
    with (
        mariadb.database("whmcs-8.3") as database,
        serving(database, tmp_path_factory.mktemp("php")) as whmcs,
    ):
        yield whmcs


@pytest.fixture
def world(php: PhpWhmcs) -> World:
    php.reset()
    return World(php)


@pytest.fixture
def connection(php: PhpWhmcs) -> ApiConnection:
    return ApiConnection(url=php.address, page_size=1, **php.credential)


@pytest.fixture
def companion(connection: ApiConnection) -> Companion:
    return Companion("require", ReadingClient("shop", connection))


@pytest.fixture
def writer(connection: ApiConnection, companion: Companion) -> CompanionWriter:
    client = WhmcsClient("shop", connection, lambda: None)
    return CompanionWriter(client, companion, Bindings())


def attach(email: str) -> Change:
    return msgspec.structs.replace(add(Membership(ACME, email, FEW)), attach=MAKES)


def test_what_the_php_shows_is_read(world: World, companion: Companion) -> None:
    ability = companion.ability
    assert (ability.known, companion.attaches, companion.withdraws) == (ALL, True, True)
    with closing(Addresses()) as addresses:
        for row in companion.rows("users"):
            user = companion_rows.user(row)
            addresses.add(int(user.target_id), user.resource.email)
        members = [
            item
            for row in companion.rows("memberships")
            for item in companion_rows.member("shop", ability.known, addresses, row)
        ]
        invites = {
            item.email: item
            for row in companion.rows("invites")
            for item in [companion_rows.invitation("shop", ability, addresses, row)]
        }
    assert members == [
        Ownership("shop/3", "olga@acme.example"),
        Ownership("shop/4", "bo@bolt.example"),
        Observed(Membership("shop/3", JANE, FEW), "70/3"),
    ]
    accepted = invites["j.doe@home.example"]
    assert (accepted.state, accepted.accepted_by) == (InviteState.ACCEPTED, JANE)
    assert invites["late@dev.example"].state is InviteState.EXPIRED
    assert invites["gone@dev.example"].state is InviteState.CANCELLED


def test_the_php_attaches_and_withdraws(world: World, writer: CompanionWriter) -> None:
    change = attach("dora@dev.example")
    member = Membership(ACME, "dora@dev.example", FEW)
    assert writer.attach(change, member, MAKES, "3", "olga@acme.example").confirmed
    assert [row["email"] for row in world.rows("tblusers")][-1] == "dora@dev.example"
    with pytest.raises(OwnerProtected):
        writer.attach(attach(NEW), Membership(ACME, NEW, FEW), MAKES, "3", "bo@bolt.example")
    with pytest.raises(Conflict):
        writer.attach(attach(JANE), Membership(ACME, JANE, ALL), MAKES, "3", "olga@acme.example")
    world.sql("UPDATE tbluser_invites SET created_at = NOW() WHERE id = 210")
    invite = Invite(ACME, NEW, FEW, NOW, fresh=True)
    assert writer.withdraw(remove(invite), invite, "3").confirmed
    assert world.row("tbluser_invites", 210)["deleted_at"] is not None
