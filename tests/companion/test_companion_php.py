"""The companion's PHP by itself: what a database, other modules and a web server may do to it."""
# ruff: noqa: S608 (statements of our own, for a server of our own)

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pymysql
import pytest
from companion_world import BCRYPT, EFFECTS, JANE, NEW, World, attaching, error, plain
from mariadb import MariaDb
from php_whmcs import ACTIONS, COMPANION, PATIENCE, PERMISSIONS, PhpWhmcs, serving

EVERYTHING = {"observe": True, "attach": True, "withdrawinvite": True}


@pytest.fixture(scope="module")
def php(mariadb: MariaDb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhpWhmcs]:
    with (
        mariadb.database("whmcs-8.3") as database,
        serving(database, tmp_path_factory.mktemp("php")) as whmcs,
    ):
        yield whmcs
        told = whmcs.log.read_text(encoding="utf-8")
        # Of PHP itself, not of its server: a warning, or a file that broke.
        assert "PHP Warning" not in told
        assert "PHP Fatal" not in told
        assert "PHP Deprecated" not in told


@pytest.fixture
def world(php: PhpWhmcs) -> World:
    php.reset()
    return World(php)


# --- a database that fails, and others who write --------------------------------------------


@contextmanager
def altered(world: World, there: str, back: str) -> Iterator[None]:
    world.sql(there)
    try:
        yield
    finally:
        world.sql(back)


# The second looks as if somebody else had written the row, each time.
@pytest.mark.parametrize(("state", "number"), [("45000", 1644), ("23000", 1062)])
def test_what_fails_half_way_leaves_nothing_and_tells_no_value(
    world: World, php: PhpWhmcs, state: str, number: int
) -> None:
    world.attach("run-1:makes-the-table", email=JANE)
    before = world.state()
    breaks = (
        "CREATE TRIGGER breaks BEFORE INSERT ON tblusers_clients FOR EACH ROW"
        f" SIGNAL SQLSTATE '{state}' SET MYSQL_ERRNO = {number}, MESSAGE_TEXT = 'no more rows'"
    )
    with altered(world, breaks, "DROP TRIGGER breaks"):
        answer = world.post("SyncdAttach", **attaching("run-1:new-at-acme"))
        between = world.state()

    unclear = f"SyncdAttach could not be finished ({state}); the same call may be sent again."
    assert answer.json() == error(unclear)
    assert between == before
    assert BCRYPT[7:] not in answer.text + php.log.read_text(encoding="utf-8")
    assert world.attach()["user"] == "made"
    assert world.attach()["repeated"] is True


@contextmanager
def transaction(world: World, *statements: str) -> Iterator[pymysql.cursors.Cursor]:
    """Hold a transaction of somebody else open."""
    with closing(world.place.database.connect()) as connection, connection.cursor() as cursor:
        connection.begin()
        for statement in statements:
            cursor.execute(statement)
        yield cursor


def until_waiting(world: World, number: int) -> None:
    """Look until so many transactions wait for a lock."""
    deadline = time.monotonic() + PATIENCE
    waits = "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'"
    while world.place.database.execute(waits)[0][1] != str(number):
        assert time.monotonic() < deadline


LOCK = "SELECT id FROM tblclients WHERE id = 3 FOR UPDATE"
MAKE = f"INSERT INTO tblusers (id, email, first_name) VALUES (90, '{NEW}', 'Meanwhile')"


def test_a_second_request_of_a_key_waits_and_repeats(world: World) -> None:
    world.attach("run-1:makes-the-table", email=JANE)
    with ThreadPoolExecutor(2) as crew, transaction(world, LOCK) as other:
        calls = [crew.submit(world.attach) for _ in range(2)]
        until_waiting(world, 2)
        other.execute("ROLLBACK")
        first, second = sorted(
            (call.result(PATIENCE) for call in calls), key=lambda reply: reply["repeated"]
        )

    assert first["repeated"] is False
    assert second == first | {"repeated": True}
    assert len(world.rows(EFFECTS)) == 2


def test_a_second_request_of_a_key_does_what_the_first_did_not(world: World) -> None:
    world.attach("run-1:makes-the-table", email=JANE)
    with ThreadPoolExecutor(2) as crew, transaction(world, LOCK) as other:
        calls = [crew.submit(world.attach, permissions=words) for words in ("emails", "quotes")]
        until_waiting(world, 2)
        other.execute("ROLLBACK")
        replies = [call.result(PATIENCE) for call in calls]

    used = error("This key was used before for something else.")
    assert used in replies
    assert len(world.rows("tblusers_clients")) == 4


def test_a_user_who_was_made_meanwhile_is_found(world: World) -> None:
    with ThreadPoolExecutor(1) as crew, transaction(world, MAKE) as other:
        call = crew.submit(world.attach)
        until_waiting(world, 1)
        other.execute("COMMIT")
        reply = plain(call.result(PATIENCE))

    assert (reply["user_id"], reply["user"], reply["password"]) == (90, "found", "kept")
    assert world.row("tblusers", 90)["first_name"] == "Meanwhile"


def test_a_deadlock_is_tried_again(world: World) -> None:
    # Who has written more wins.
    more = "INSERT INTO tblactivitylog (description) VALUES" + ",".join(["('x')"] * 50)
    with ThreadPoolExecutor(1) as crew, transaction(world, more, MAKE) as other:
        call = crew.submit(world.attach)
        until_waiting(world, 1)
        other.execute(LOCK)
        other.execute("ROLLBACK")
        reply = call.result(PATIENCE)

    assert (reply["user"], reply["membership"]) == ("made", "made")
    assert len(world.rows(EFFECTS)) == 1


# --- tables that are otherwise --------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "impossible"),
    [
        ("tblusers", "attach"),
        ("tblusers_clients", "attach"),
        ("tbluser_invites", "withdrawinvite"),
    ],
)
def test_a_table_without_transactions(world: World, table: str, impossible: str) -> None:
    before = world.state()
    there, back = (f"ALTER TABLE {table} ENGINE = {engine}" for engine in ("MyISAM", "InnoDB"))
    with altered(world, there, back):
        told = world.ask("SyncdCapabilities")
        reply = world.attach() if impossible == "attach" else world.withdraw()

    why = f"The table {table} knows no transactions, so this action is not possible here."
    assert told["possible"] == EVERYTHING | {impossible: False}
    assert told["reasons"] == [why]
    assert reply == error(why)
    assert world.state() == before


def test_a_table_of_clients_without_transactions_is_only_read(world: World) -> None:
    there, back = (f"ALTER TABLE tblclients ENGINE = {engine}" for engine in ("MyISAM", "InnoDB"))
    with altered(world, there, back):
        assert world.ask("SyncdCapabilities")["possible"] == EVERYTHING
        assert world.attach()["membership"] == "made"


def test_a_table_of_effects_that_is_another(world: World) -> None:
    world.sql(f"CREATE TABLE {EFFECTS} (effect_key INT, action INT, parameters INT, reply INT)")
    before = world.state()
    why = f"The table {EFFECTS} has no column created_at, so this action is not possible here."

    told = world.ask("SyncdCapabilities")

    assert told["possible"] == EVERYTHING | {"attach": False, "withdrawinvite": False}
    assert (told["missing"], told["reasons"]) == ([f"{EFFECTS}.created_at"], [why])
    assert [world.attach(), world.withdraw()] == [error(why)] * 2
    assert world.state() == before


def test_effects_in_a_table_without_transactions(world: World) -> None:
    world.attach("run-1:makes-the-table", email=JANE)
    world.sql(f"ALTER TABLE {EFFECTS} ENGINE = MyISAM")
    before = world.state()
    why = f"The table {EFFECTS} knows no transactions, so this action is not possible here."

    assert world.ask("SyncdCapabilities")["reasons"] == [why]
    assert [world.attach(), world.withdraw()] == [error(why)] * 2
    assert world.state() == before


def test_a_table_that_tells_capitals_apart(world: World) -> None:
    column = "ALTER TABLE tblusers MODIFY email VARCHAR(255) COLLATE utf8mb4_{} NOT NULL"
    with altered(world, column.format("bin"), column.format("unicode_ci")):
        found = plain(world.attach(email="WOLF@alone.example"))
        world.sql(MAKE.replace(NEW, "wolf@alone.example"))
        before = world.state()
        several = world.attach(
            "run-1:wolf-at-bolt", email="WOLF@alone.example", client_id="4", owner="bo@bolt.example"
        )
        after = world.state()
        world.sql("DELETE FROM tblusers WHERE id = 90")

    assert (found["user_id"], found["user"]) == (80, "found")
    assert several == error("Several users have that email address.")
    assert after == before


def test_a_password_that_nobody_knows_is_a_bcrypt(world: World) -> None:
    reply = plain(world.attach(password_hash=""))

    held = world.row("tblusers", reply["user_id"])["password"]
    assert re.fullmatch(r"\$2y\$1\d\$[./A-Za-z0-9]{53}", held)


# --- WHMCS around it ------------------------------------------------------------------------


def test_more_permissions_than_today(world: World, php: PhpWhmcs) -> None:
    # Some clients of the API read this list bare.
    php.set(HarnessPermissions=json.dumps({"permissions": [*PERMISSIONS, "newest"]}))

    assert world.ask("SyncdCapabilities")["permissions"] == [*PERMISSIONS, "newest"]
    assert world.attach(permissions="newest,profile")["result"] == "success"
    assert world.observe("memberships")[-1]["permissions"] == ["profile", "newest"]


@pytest.mark.parametrize("listed", [{"result": "error"}, {"permissions": ""}])
def test_permissions_that_whmcs_does_not_tell(
    world: World, php: PhpWhmcs, listed: dict[str, str]
) -> None:
    php.set(HarnessPermissions=json.dumps(listed))
    before = world.state()
    why = "The permissions of this WHMCS could not be read."

    told = world.ask("SyncdCapabilities")

    assert (told["permissions"], told["reasons"]) == ([], [why])
    assert told["possible"] == EVERYTHING | {"attach": False}
    assert world.attach() == error(why)
    assert world.state() == before


@pytest.mark.parametrize("entities", ["on", "off"])
def test_entities_are_kept_and_looked_through(world: World, php: PhpWhmcs, entities: str) -> None:
    php.set(HarnessEntities=entities)
    ohara = {"email": "o'hara@dev.example", "firstname": "Zo\u00eb", "lastname": "O'Hara & Co"}

    made = plain(world.attach(**ohara))
    php.set(HarnessEntities="off" if entities == "on" else "on")
    found = plain(
        world.attach(
            "run-1:o-hara-at-bolt",
            **ohara | {"email": "O'Hara@dev.example"},
            client_id="4",
            owner="bo@bolt.example",
        )
    )

    assert (made["user"], found["user"], found["user_id"]) == ("made", "found", made["user_id"])
    user = world.row("tblusers", made["user_id"])
    kept = ("O&#039;Hara &amp; Co", "o&#039;hara@dev.example")
    assert (user["last_name"], user["email"]) == (
        kept if entities == "on" else (ohara["lastname"], ohara["email"])
    )
    assert user["first_name"] == "Zo\u00eb"


def test_an_owner_with_an_entity(world: World, php: PhpWhmcs) -> None:
    world.sql("UPDATE tblusers SET email = 'o&#039;hara@acme.example' WHERE id = 50")

    assert world.attach(owner="o'hara@acme.example")["membership"] == "made"


def test_a_log_line_that_another_module_minds(world: World, php: PhpWhmcs) -> None:
    php.set(HarnessLogHook="fails")

    assert world.attach()["membership"] == "made"
    assert world.attach()["repeated"] is True
    assert len(world.log()) == 1


def test_an_action_that_the_role_does_not_allow(world: World, php: PhpWhmcs) -> None:
    php.allow("SyncdObserve")
    before = world.state()

    answer = world.post("SyncdAttach", **attaching("run-1:new-at-acme"))

    message = 'Invalid Permissions: API action "syncdattach" is not allowed'
    assert (answer.status_code, answer.json()) == (403, error(message))
    assert world.state() == before


def test_called_by_another_module(world: World, php: PhpWhmcs) -> None:
    values = attaching("run-1:new-at-acme", email=JANE, client_id="4", owner="bo@bolt.example")
    # What the browser sent to that module is none of the action's business.
    sent = {"client_id": "3", "email": NEW, "action": "save"}

    reply = php.ask("local", call="SyncdAttach", values=json.dumps(values), **sent).json()

    assert plain(reply)["user_id"] == 70
    assert world.rows("tblusers_clients")[-1]["client_id"] == 4
    assert world.ask("SyncdAttach", **values) == reply | {"repeated": True}


@pytest.mark.parametrize("catalog", ["there", "none"])
def test_the_actions_are_listed_for_roles(world: World, php: PhpWhmcs, catalog: str) -> None:
    php.set(HarnessCatalog=catalog)

    listed = php.ask("admin").json()

    ours = {action.lower(): {"group": "Syncd", "name": action, "default": 0} for action in ACTIONS}
    if catalog == "none":
        assert listed == {"actions": [], "groups": []}
    else:
        assert list(listed["actions"].items())[1:] == list(ours.items())
        assert listed["groups"]["Syncd"] == {"name": "syncd"}


@pytest.mark.parametrize(
    "path", [str(path.relative_to(COMPANION)) for path in sorted(COMPANION.rglob("*.php"))]
)
def test_a_file_asked_for_by_itself_does_nothing(php: PhpWhmcs, path: str) -> None:
    answer = php.ask(path)

    assert (answer.status_code, answer.text) == (200, "This file cannot be accessed directly")


def test_removed_without_a_trace(world: World, php: PhpWhmcs) -> None:
    tables = "SHOW TABLES"
    before = world.place.database.execute(tables)
    world.attach()
    world.withdraw()
    readme = (COMPANION / "README.md").read_text(encoding="utf-8")
    (_, _, rest) = readme.partition("```sql\n")

    world.sql(rest.partition("```")[0])

    assert world.place.database.execute(tables) == before
