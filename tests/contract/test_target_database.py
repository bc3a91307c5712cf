"""The reader of the target's database joins the contract, over a real MariaDB.

The sandbox keeps its tables there: what one reader sees, the other sees.
"""
# ruff: noqa: S608 (statements of our own, for a server of our own)

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stamina

pytest.register_assert_rewrite("target_contract")

from mariadb import READER, Database, MariaDb  # noqa: E402
from mariadb import running as serving  # noqa: E402
from target_contract import (  # noqa: E402
    FEW,
    JANE,
    Target,
    TargetContract,
    complete,
    crowd,
    memberships,
    with_people,
)
from test_targets import SETTINGS, OverHttp  # noqa: E402

from syncd.errors import (  # noqa: E402
    DatabaseForeign,
    DatabaseUnavailable,
    DatabaseUnknown,
    UnexpectedReply,
)
from syncd.model.connection import DatabaseConnection  # noqa: E402
from syncd.model.permission import ALL, NONE  # noqa: E402
from syncd.model.resources import AccountRef  # noqa: E402
from syncd.ports import Invitation, InviteState, Observed, Sighting  # noqa: E402
from syncd.sandbox import Sandbox, running  # noqa: E402
from syncd.targets.whmcs.database import DatabaseReader  # noqa: E402
from syncd.targets.whmcs.reader import WhmcsReader  # noqa: E402


@pytest.fixture(scope="module")
def tables(mariadb: MariaDb) -> Iterator[Database]:
    with mariadb.database("") as database:
        yield database


@pytest.fixture(scope="module")
def sandbox(tables: Database) -> Iterator[Sandbox]:
    with running(database=tables.url) as sandbox:
        yield sandbox


class InDatabase(OverHttp):
    """Read from the database, written through the API. `api` reads the same by the API."""

    def __init__(self, sandbox: Sandbox, tables: Database, page: int = 20) -> None:
        super().__init__(sandbox)
        self.tables = tables
        self.api = WhmcsReader(self.name, self.client)
        self.reader = self.reader_of(page=page)

    def reader_of(self, page: int = 20, **login: Any) -> DatabaseReader:
        given = DatabaseConnection(**self.tables.login | login)
        return DatabaseReader(WhmcsReader(self.name, self.client), self.client, given, page)

    def invitations(self) -> list[Invitation]:
        return [item for item in self.reader.observe() if isinstance(item, Invitation)]

    def observed(self) -> set[Sighting]:
        """Give what is seen besides invitations."""
        seen = [item for item in self.reader.observe() if not isinstance(item, Invitation)]
        return set(seen)


def in_database(sandbox: Sandbox, tables: Database, **switches: str) -> InDatabase:
    target = InDatabase(sandbox, tables)
    target.control("reset", {"switches": True})
    target.control("switches", switches)
    return target


# A collation of MariaDB decides how addresses compare there, not the switch.
OF_A_DATABASE = [
    {name: value for name, value in setting.items() if name != "email_folding"}
    for setting in SETTINGS
]


@pytest.fixture(params=OF_A_DATABASE, ids=lambda setting: ",".join(setting.values()) or "default")
def target(sandbox: Sandbox, tables: Database, request: pytest.FixtureRequest) -> InDatabase:
    return in_database(sandbox, tables, **request.param)


class TestDatabase(TargetContract):
    """The whole contract as documentation has it, and with entities and caps."""

    @pytest.fixture(
        params=[{}, {"entity_encode": "on"}, {"limitnum_cap": "25", "isowner_key": "snake"}],
        ids=["default", "encoded", "capped"],
    )
    def target(self, sandbox: Sandbox, tables: Database, request: pytest.FixtureRequest) -> Target:
        return in_database(sandbox, tables, **request.param)


@pytest.fixture
def shop(sandbox: Sandbox, tables: Database) -> InDatabase:
    return in_database(sandbox, tables)


# --- the two readers on the same state -------------------------------------------------------


def by_api(target: InDatabase) -> set[Sighting]:
    """Give what the API shows, with the permissions of all."""
    seen = list(target.api.observe())
    unread = [item for item in seen if isinstance(item, Observed) and not item.complete]
    return set(seen) - set(unread) | set(target.api.inspect(unread))


def test_both_readers_see_the_same(target: InDatabase) -> None:
    with_people(target)
    target.load(
        {
            "users": [
                {
                    "id": 70,
                    "firstname": "Zo&euml;",
                    "lastname": "O&#039;Hara &amp;amp; Co",
                    "email": "Zoe@Dev.example",
                }
            ]
        }
    )
    target.set_member(4, "zoe@dev.example", ALL)
    target.load(
        {
            "contacts": [
                {
                    "client_id": 4,
                    "firstname": "R&auml;z",
                    "companyname": "Bolt",
                    "email": " X@Bolt.example",
                    "tax_id": "DE1",
                    "city": "Köln",
                    "email_preferences": {"affiliate": True, "domain": True},
                }
            ]
        }
    )

    assert target.observed() == by_api(target)


def test_both_readers_see_the_same_crowd(shop: InDatabase) -> None:
    shop.load(crowd(61))
    shop.set_member(30, "u10@crowd.example", ALL)
    shop.set_member(11, "u10@crowd.example", None)

    assert len(shop.observed()) == 61 * 4 + 60
    assert shop.observed() == by_api(shop)


def test_a_member_without_permissions_has_none_for_both(sandbox: Sandbox, tables: Database) -> None:
    shop = in_database(sandbox, tables, empty_permissions="accept")
    with_people(shop)
    shop.set_member(3, JANE, NONE)

    assert [item.resource.permissions for item in complete(shop)] == [NONE]
    assert shop.observed() == by_api(shop)


def test_a_user_deleted_under_his_memberships_is_nobody(shop: InDatabase) -> None:
    with_people(shop)
    shop.tables.execute("DELETE FROM tblusers WHERE id = 7")

    assert memberships(shop) == []
    assert shop.observed() == by_api(shop)


def test_the_api_is_hardly_called(shop: InDatabase) -> None:
    shop.load(crowd(61))
    before = len(shop.requests())

    assert all(item.complete for item in memberships(shop))

    called = [line["action"] for line in shop.requests()[before:]]
    assert called == ["GetPermissionsList", "GetClients"]


# --- what is not as it should be -------------------------------------------------------------


@pytest.mark.parametrize("told", [None, "all", "tickets,teleport"])
def test_what_a_row_does_not_say_is_asked_of_the_api(shop: InDatabase, told: str | None) -> None:
    with_people(shop)
    shop.tables.execute(
        "UPDATE tblusers_clients SET permissions = %s WHERE auth_user_id = 7", [told]
    )

    assert [item.complete for item in memberships(shop)] == [False]
    assert shop.observed() == set(shop.api.observe())


@pytest.mark.parametrize(
    "told", ['["tickets"]', 'a:1:{i:0;s:7:"tickets";}', "tickets,,orders", " "]
)
def test_a_list_of_another_shape_is_an_error(shop: InDatabase, told: str) -> None:
    with_people(shop)
    shop.tables.execute(
        "UPDATE tblusers_clients SET permissions = %s WHERE auth_user_id = 7", [told]
    )

    with pytest.raises(UnexpectedReply, match="permissions is not a comma-separated list"):
        list(shop.reader.observe())


def test_an_owner_is_said_to_be_one_or_not(shop: InDatabase) -> None:
    with_people(shop)
    shop.tables.execute("UPDATE tblusers_clients SET owner = 2 WHERE auth_user_id = 7")

    with pytest.raises(UnexpectedReply, match=r"row \d+: owner is neither 0 nor 1"):
        list(shop.reader.observe())


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ("permissions = NULL", "permissions is not a comma-separated list"),
        ("permissions = '{}'", "permissions is not a comma-separated list"),
        ("created_at = NULL", "created_at is not set"),
        ("created_at = '0000-00-00 00:00:00'", "created_at is not set"),
        ("created_at = NOW() + INTERVAL 1 HOUR", "its date is in the future"),
        ("deleted_at = '0000-00-00 00:00:00'", "deleted_at is not a valid date"),
        ("accepted_at = '0000-00-00 00:00:00'", "accepted_at is not a valid date"),
    ],
)
def test_an_invitation_is_never_guessed(shop: InDatabase, odd: str, words: str) -> None:
    with_people(shop)
    shop.load({"invites": [{"id": 1, "client_id": 3, "email": JANE, "permissions": FEW}]})
    shop.tables.execute(f"UPDATE tbluser_invites SET {odd}")

    with pytest.raises(UnexpectedReply, match=f"row 1: {words}"):
        list(shop.reader.observe())


@pytest.mark.parametrize(
    ("change", "back", "words"),
    [
        ("RENAME TABLE tbluser_invites TO later", "RENAME TABLE later TO tbluser_invites",
         "no table tbluser_invites"),
        ("ALTER TABLE tblusers_clients CHANGE invite_id inv INT",
         "ALTER TABLE tblusers_clients CHANGE inv invite_id INT NOT NULL DEFAULT 0",
         "tblusers_clients has no column invite_id"),
    ],
)  # fmt: skip
def test_missing_tables_and_columns_are_named(
    shop: InDatabase, change: str, back: str, words: str
) -> None:
    with_people(shop)
    shop.tables.execute(change)
    try:
        with pytest.raises(DatabaseUnknown, match=words):
            list(shop.reader.observe())
        # The API, whose tables these are, fails as well: it is asked again without a pause.
        with stamina.set_testing(True, attempts=3):
            first = shop.reader.probe()[0]
    finally:
        shop.tables.execute(back)
    assert not first.ok
    assert words in first.sentence


@pytest.mark.parametrize("theirs", [{}, {"clients": [{"id": 4, "email": "bob@other.example"}]}])
def test_a_database_of_another_installation_is_refused(
    shop: InDatabase, theirs: dict[str, Any]
) -> None:
    with_people(shop)
    with running() as other:
        stranger = InDatabase(other, shop.tables)
        stranger.load(theirs)

        with pytest.raises(DatabaseForeign):
            list(stranger.reader.observe())

        assert not stranger.reader.probe()[0].ok


def test_who_is_not_let_in_reads_nothing(shop: InDatabase) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1:\d+/whmcs\d+: Access denied"):
        list(shop.reader_of(password="wrong").observe())  # noqa: S106


def test_the_probe_says_whether_the_login_could_write(shop: InDatabase) -> None:
    with_people(shop)
    reading = {probe.action: probe for probe in shop.reader.probe()}
    assert all(probe.ok for probe in reading.values())
    assert {"GetUsers", "GetClientsDetails"} <= set(reading)  # the writer looks before it writes

    where = f"{shop.tables.name}.tblusers TO {READER}@'%'"
    shop.tables.execute(f"GRANT INSERT, UPDATE (email) ON {where}")
    try:
        probe = shop.reader.probe()[1]
    finally:
        shop.tables.execute(f"REVOKE INSERT, UPDATE (email) ON {where.replace(' TO ', ' FROM ')}")
    assert not probe.ok
    assert "could write: INSERT, UPDATE" in probe.sentence


def test_the_probe_says_whether_others_on_the_way_read_along(shop: InDatabase) -> None:
    assert shop.reader.probe_login() == [], "it does not leave this machine"
    (probe,) = shop.reader_of(host="0.0.0.0").probe_login()  # noqa: S104 (to connect to)
    assert not probe.ok
    assert "travels unencrypted" in probe.sentence


# --- what only the database shows ------------------------------------------------------------


def test_every_invitation_is_seen_in_its_state(shop: InDatabase) -> None:
    with_people(shop)
    names = ("waits", "late", "off", "Same", "other")
    emails = dict(enumerate((f"{name}@dev.example" for name in names), start=1))
    asked = {"client_id": 4, "permissions": ["tickets"]}
    shop.load({"invites": [{"id": n, "email": email} | asked for n, email in emails.items()]})
    shop.tables.execute("UPDATE tbluser_invites SET created_at = NOW() - INTERVAL 8 DAY WHERE id=2")
    shop.control("invites/3/withdraw", {})
    shop.accept(emails[4], 4)
    shop.accept(emails[5], 4, as_email="wolf@alone.example")

    seen = {item.target_id: item for item in shop.invitations()}

    assert {number: (item.state, item.permissions, item.accepted_by)
            for number, item in seen.items()} == {
        "1": (InviteState.PENDING, ("tickets",), ""),
        "2": (InviteState.EXPIRED, ("tickets",), ""),
        "3": (InviteState.CANCELLED, NONE, ""),
        "4": (InviteState.ACCEPTED, NONE, "same@dev.example"),
        "5": (InviteState.ACCEPTED, NONE, "wolf@alone.example"),
    }  # fmt: skip
    assert {item.account for item in seen.values()} == {AccountRef("shop/4")}
    assert seen["4"].email == "same@dev.example"


def test_who_accepted_and_left_again_is_not_named(shop: InDatabase) -> None:
    with_people(shop)
    shop.load({"invites": [{"client_id": 4, "email": JANE, "permissions": FEW}]})
    shop.accept(JANE, 4, as_email="wolf@alone.example")
    shop.set_member(4, "wolf@alone.example", None)

    assert [(item.state, item.accepted_by) for item in shop.invitations()] == [
        (InviteState.ACCEPTED, "")
    ]


WEEK = 7 * 24 * 3600


@pytest.mark.parametrize(
    ("age", "state"),
    [(WEEK, InviteState.EXPIRED), (WEEK - 60, InviteState.PENDING)],  # 60: for a slow machine
)
def test_an_invitation_expires_after_seven_days(
    shop: InDatabase, age: int, state: InviteState
) -> None:
    with_people(shop)
    shop.load({"invites": [{"client_id": 4, "email": JANE, "permissions": FEW}]})
    shop.tables.execute("UPDATE tbluser_invites SET created_at = NOW() - INTERVAL %s SECOND", [age])

    assert [item.state for item in shop.invitations()] == [state]


@pytest.fixture(scope="module", params=["spring", "autumn"])
def leapt(request: pytest.FixtureRequest) -> Iterator[tuple[Sandbox, Database]]:
    """Give a server in a zone whose clocks were put forward, or back, three days ago."""
    then = datetime.now(UTC) - timedelta(days=3)
    days = [int(f"{then + timedelta(days=more):%j}") % 365 or 1 for more in (0, 100)]
    starts, ends = days if request.param == "spring" else reversed(days)
    with (
        serving(f"STD0DST,J{starts}/0,J{ends}/0") as server,
        server.database("") as tables,
        running(database=tables.url) as sandbox,
    ):
        yield sandbox, tables


@pytest.mark.parametrize("kind", ["TIMESTAMP", "DATETIME"])
@pytest.mark.parametrize(
    ("age", "state"),
    [
        (WEEK + 1800, InviteState.EXPIRED),
        (WEEK, InviteState.EXPIRED),
        (WEEK - 60, InviteState.PENDING),
        (WEEK - 1800, InviteState.PENDING),
    ],
)
def test_clocks_that_are_put_forward_and_back_do_not_matter(
    leapt: tuple[Sandbox, Database], kind: str, age: int, state: InviteState
) -> None:
    shop = in_database(*leapt)
    with_people(shop)
    shop.load({"invites": [{"client_id": 4, "email": JANE, "permissions": FEW}]})
    shop.tables.execute(f"ALTER TABLE tbluser_invites MODIFY created_at {kind} NULL")
    # The wall clock of then, as PHP on that machine would have written it.
    shop.tables.execute(
        "UPDATE tbluser_invites SET created_at = FROM_UNIXTIME(UNIX_TIMESTAMP() - %s)", [age]
    )
    ((wall,),) = shop.tables.execute(
        "SELECT TIMESTAMPDIFF(SECOND, created_at, NOW()) FROM tbluser_invites"
    )

    assert abs(wall - age) in range(3599, 3602)  # the walls are an hour off
    assert [item.state for item in shop.invitations()] == [state]
