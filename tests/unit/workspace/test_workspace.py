"""The workspace: people gathered by address, in byte order, whatever order their rows came in."""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import msgspec
import pytest
from people import RULES, read_all

from syncd.convert.reading import Reader
from syncd.errors import StoreError
from syncd.model.finding import Finding
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.reading import AccountFacts, Identity
from syncd.model.resources import Account, AccountRef, Membership, User, account_ref
from syncd.ports import Observed, Ownership
from syncd.workspace.identities import identities
from syncd.workspace.lookup import address
from syncd.workspace.rows import fingerprint
from syncd.workspace.workspace import Workspace

READER = Reader(RULES.read_flags)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as opened:
        yield opened


def client(number: int, email: str | None = None, source: str = "legacy") -> LegacyClient:
    names = ("Alma", "Archer", "Archer Ltd")
    return LegacyClient(source, number, *names, email, status="Active")


def gone(number: int, email: str | None) -> LegacyClient:
    return LegacyClient(
        "legacy", number, "Deleted ", "Account&nbsp;", email=email, status=" CLOSED"
    )


def contact(
    number: int, client_id: int, email: str | None = None, source: str = "legacy"
) -> LegacyContact:
    return LegacyContact(source, number, client_id, email=email)


def stage(workspace: Workspace, *rows: LegacyClient | LegacyContact) -> None:
    workspace.stage_legacy(read_all(rows))


def gathered(workspace: Workspace) -> list[tuple[str, list[int], list[int]]]:
    return [
        (
            identity.email,
            [client.row.client_id for client in identity.clients],
            [entry.contact.row.contact_id for entry in identity.entries],
        )
        for identity in identities(workspace, READER)
    ]


# --- gathering ------------------------------------------------------------------------------


def test_the_rows_of_one_person_meet_however_the_address_is_written(workspace: Workspace) -> None:
    stage(
        workspace,
        client(1, "DANA@archer.example"),
        client(2, "bruno@baker.example"),
        contact(12, 2, "\u00a0Dana@Archer.Example\r\n"),
        contact(11, 2, "dana@archer.example"),
        contact(13, 2, "dana+billing@archer.example"),
    )
    assert gathered(workspace) == [
        ("bruno@baker.example", [2], []),
        ("dana+billing@archer.example", [], [13]),
        ("dana@archer.example", [1], [11, 12]),
    ]


def test_a_domain_is_one_whether_in_umlauts_or_in_ascii(workspace: Workspace) -> None:
    stage(
        workspace, contact(1, 1, "ute@MÜLLER.example"), contact(2, 1, "ute@xn--mller-kva.example")
    )
    assert gathered(workspace) == [("ute@xn--mller-kva.example", [], [1, 2])]


def test_twins_of_two_brands_meet_and_keep_their_ids_apart(workspace: Workspace) -> None:
    stage(
        workspace,
        contact(1, 5, "dana@archer.example", "orchid"),
        contact(1, 5, "dana@archer.example", "acorn"),
        client(5, "x@acorn.example", "acorn"),
    )
    (twins, _) = identities(workspace, READER)
    assert [(entry.contact.row.source, entry.account is None) for entry in twins.entries] == [
        ("acorn", False),
        ("orchid", True),
    ]


def test_a_row_without_an_address_is_alone(workspace: Workspace) -> None:
    stage(
        workspace,
        client(1, None),
        client(2, "  "),
        contact(1, 1, ""),
        contact(2, 1, None),
        contact(3, 1, "\u200b"),
        contact(1, 1, None, "orchid"),
    )
    found = gathered(workspace)
    assert {email for email, _, _ in found} == {""}
    # Not even a client and a contact of one number meet.
    assert all(len(clients + contacts) == 1 for _, clients, contacts in found)
    assert len(found) == 6


def test_what_is_no_address_still_meets_its_twin(workspace: Workspace) -> None:
    stage(workspace, contact(1, 1, "rachel@mill,example"), contact(2, 1, "Rachel@mill,example"))
    assert gathered(workspace) == [("rachel@mill,example", [], [1, 2])]


def test_people_come_in_the_order_of_bytes(workspace: Workspace) -> None:
    # U+FB01 sorts before U+1F600 by bytes, and after it by UTF-16; no collation folds anything.
    locals_ = ["zoe", "åsa", "asa", "a_b", "a.b", "a-b", "0", "\ufb01n", "\U0001f600", "ß"]
    emails = [f"{local}@archer.example" for local in locals_]
    stage(workspace, *(contact(number, 1, email) for number, email in enumerate(emails)))
    assert [one.email for one in identities(workspace, READER)] == sorted(
        emails, key=lambda email: email.encode()
    )


def test_ids_sort_as_numbers(workspace: Workspace) -> None:
    stage(workspace, *(contact(number, 1, "d@archer.example") for number in (10, 9, 100, 2)))
    assert gathered(workspace) == [("d@archer.example", [], [2, 9, 10, 100])]


def test_a_contact_brings_the_facts_of_its_account(workspace: Workspace) -> None:
    stage(
        workspace,
        client(1, "ALMA@archer.example"),
        client(2, None),
        gone(3, "bo@bolt.example"),
        gone(4, None),
        *(contact(number, number, "dana@archer.example") for number in (1, 2, 3, 4, 99)),
    )
    dana = next(one for one in identities(workspace, READER) if one.email.startswith("dana"))
    facts = [entry.account for entry in dana.entries]
    assert facts == [
        AccountFacts("alma@archer.example", "Alma Archer", is_closed=False, is_erased=False),
        AccountFacts("", "Alma Archer", is_closed=False, is_erased=False),
        AccountFacts("bo@bolt.example", "Deleted Account", is_closed=True, is_erased=False),
        AccountFacts("", "Deleted Account", is_closed=True, is_erased=True),
        None,
    ]


def test_shuffling_the_rows_changes_nothing(tmp_path: Path) -> None:
    rows: list[LegacyClient | LegacyContact] = [
        client(number, f"owner{number % 7}@archer.example") for number in range(20)
    ]
    rows += [contact(number, number % 25, f"p{number % 11}@x.example") for number in range(40)]
    rows += [contact(number, 1, None) for number in range(40, 45)]

    def read() -> list[Identity]:
        with Workspace(tmp_path / "workspace.duckdb") as workspace:
            stage(workspace, *rows)
            return list(identities(workspace, READER))

    before = read()
    random.Random(4).shuffle(rows)  # noqa: S311 (nothing secret)
    assert read() == before


def test_more_than_a_batch_goes_in_and_comes_out(workspace: Workspace) -> None:
    rows = [contact(number, 1, f"p{number:05}@x.example") for number in range(4001)]
    stage(workspace, *rows)
    workspace.settle()
    assert [one.entries[0].contact.row for one in identities(workspace, READER)] == rows


def test_rows_of_any_width_can_be_sorted(workspace: Workspace) -> None:
    rows = (  # 120 MB, where the engine starts with 64
        msgspec.structs.replace(
            contact(number, 1, f"p{number * 7919 % 40_000:05}"), city=f"{number}{'x' * 3000}"
        )
        for number in range(40_000)
    )
    stage(workspace, *rows)
    workspace.settle("contacts")
    before = ""
    query = "SELECT identity, legacy FROM contacts ORDER BY identity"
    for identity, legacy in workspace.stream(query):
        assert identity > before
        assert len(legacy["city"]) > 3000
        before = identity
    assert before == "p39999"


# A few rows are taken at once, more are laid down first.
@pytest.mark.parametrize("rows", [5, 5001])
def test_two_streams_may_be_open_at_once(workspace: Workspace, rows: int) -> None:
    with workspace.sink("ownerships") as ownerships:
        for number in range(rows):
            ownerships.add((f"shop/{number * 7919 % rows:05}", ""))
    query = "SELECT account FROM ownerships ORDER BY account"
    first, second = workspace.stream(query), workspace.stream(query)
    seen = [next(first)]
    workspace.con.execute("DELETE FROM ownerships")  # what is read stays as it was
    assert list(second) == []
    seen += first
    assert seen == [(f"shop/{number:05}",) for number in range(rows)]


@pytest.mark.parametrize("rows", [5, 5001])
def test_a_stream_takes_parameters_and_may_be_left(workspace: Workspace, rows: int) -> None:
    with workspace.sink("ownerships") as ownerships:
        for number in range(rows):
            ownerships.add((f"shop/{number:05}", str(number % 2)))
    query = "SELECT account FROM ownerships WHERE email = $1 ORDER BY account"
    for _ in range(2):
        stream = workspace.stream(query, ["1"])
        assert next(stream) == ("shop/00001",)
        stream.close()


# --- the other tables -----------------------------------------------------------------------


def test_what_the_target_shows_is_counted_without_ownerships(workspace: Workspace) -> None:
    ref = account_ref("kestrel", 4)
    shown = [
        Observed(Account(ref, "", "alma@archer.example"), "4"),
        Ownership(ref, "alma@archer.example"),
        Observed(Membership(ref, "dana@archer.example", ()), "7/4", complete=False),
    ]
    assert workspace.stage_observed(iter(shown)) == 2
    assert workspace.scalar("SELECT email FROM ownerships") == "alma@archer.example"
    complete = workspace.stream("SELECT kind, target_id, complete FROM observed ORDER BY kind")
    assert list(complete) == [("account", "4", True), ("membership", "7/4", False)]


def test_what_convert_made_is_staged_with_its_findings(workspace: Workspace) -> None:
    finding = Finding("role_mailbox", "user:info@x.example", detail="a 'quoted' one\n")
    workspace.stage_converted([([User("info@x.example")], [finding]), ([], [])])
    assert workspace.scalar("SELECT key FROM desired") == "user:info@x.example"
    assert workspace.scalar("SELECT detail FROM findings") == "a 'quoted' one\n"
    assert workspace.scalar("SELECT severity FROM findings") == "note"


def test_nothing_of_a_broken_batch_is_kept(workspace: Workspace) -> None:
    def sightings() -> Iterator[Observed]:
        yield Observed(User("dana@archer.example"), "1")
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        workspace.stage_observed(sightings())
    assert workspace.scalar("SELECT count(*) FROM observed") == 0


def test_fingerprints_compare_what_is_compared() -> None:
    ref = AccountRef("legacy/17")
    assert fingerprint(User("a@x.example", "Ann")) == fingerprint(User("a@x.example", "Anna"))
    wide = Membership(ref, "a@x.example", ("invoices", "tickets"))
    assert fingerprint(wide) != fingerprint(Membership(ref, "a@x.example", ("invoices",)))


# --- the file -------------------------------------------------------------------------------


def test_it_leaves_nothing_behind(tmp_path: Path) -> None:
    with Workspace(tmp_path / "state" / "workspace.duckdb") as workspace:
        stage(workspace, client(1))
    assert not list((tmp_path / "state").iterdir())


def test_what_a_killed_run_left_does_not_come_back(tmp_path: Path) -> None:
    path = tmp_path / "workspace.duckdb"
    dying = (
        "import os, pathlib, sys; from syncd.workspace.workspace import Workspace;"
        "w = Workspace(pathlib.Path(sys.argv[1])); w.con.execute('CREATE TABLE late (n INT)');"
        "os.kill(os.getpid(), 9)"
    )
    died = subprocess.run([sys.executable, "-c", dying, str(path)], check=False)
    assert died.returncode == -9
    assert path.with_name("workspace.duckdb.wal").exists()
    with Workspace(path) as workspace:
        assert not workspace.scalar("SELECT count(*) FROM duckdb_tables WHERE table_name = 'late'")
        stage(workspace, client(1, "alma@archer.example"))
        assert gathered(workspace) == [("alma@archer.example", [1], [])]
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_used_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "sub" / "workspace.duckdb", tmp_path):
        with pytest.raises(StoreError):
            Workspace(path)


def test_a_disk_that_is_full_is_an_error_of_the_store(tmp_path: Path) -> None:
    crowded = """
import pathlib, resource, sys
from syncd.convert.reading import Reader
from syncd.errors import StoreError
from syncd.workspace.workspace import Workspace
try:
    with Workspace(pathlib.Path(sys.argv[1])) as workspace:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 17, 1 << 17))
        workspace.con.execute("CREATE TABLE large AS SELECT hash(range) FROM range(1_000_000)")
        workspace.con.execute("CHECKPOINT")
except StoreError:
    sys.exit(4)
"""
    path = tmp_path / "workspace.duckdb"
    died = subprocess.run([sys.executable, "-c", crowded, str(path)], check=False)
    assert died.returncode == 4
    assert not list(tmp_path.iterdir())


def test_too_little_memory_is_said_in_one_sentence(tmp_path: Path) -> None:
    def crowd() -> None:
        with Workspace(tmp_path / "workspace.duckdb") as workspace:
            workspace.con.execute("SET memory_limit = '1MB'")
            workspace.con.execute("CREATE TABLE large AS SELECT repeat('x', 99) FROM range(10_000)")

    with pytest.raises(StoreError, match="could not allocate") as caught:
        crowd()
    assert "\n" not in caught.value.reason


# --- reading by name --------------------------------------------------------------------------


class Place(msgspec.Struct, frozen=True):
    account: str
    email: str
    order: int = 0


def test_a_row_is_read_as_a_value_by_the_names_of_its_columns(workspace: Workspace) -> None:
    query = """SELECT 7 AS "order", 'jane@dev.example' AS email, TRUE AS more, ? AS account"""
    assert list(workspace.values(Place, query, ["legacy/17"])) == [
        Place("legacy/17", "jane@dev.example", 7)
    ]


def test_a_field_without_a_column_is_an_error(workspace: Workspace) -> None:
    with pytest.raises(duckdb.BinderException, match="order"):
        list(workspace.values(Place, "SELECT '' AS account, '' AS email"))


def test_values_come_in_the_order_of_the_query_beside_others(workspace: Workspace) -> None:
    query = """
        SELECT '' AS account, '' AS email, n AS "order" FROM range(5000) r(n) ORDER BY n DESC
    """
    pairs = zip(workspace.values(Place, query), workspace.values(Place, query), strict=True)
    for number, (first, second) in zip(range(4999, -1, -1), pairs, strict=True):
        assert first.order == second.order == number


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("jane@dev.example", "jane@dev.example"),
        ("user:Jane@dev.example", "Jane@dev.example"),
        ("membership:legacy/17:jane@dev.example", "jane@dev.example"),
        ('membership:legacy/17:"a:b"@dev.example', '"a:b"@dev.example'),
        ("account:legacy/17", ""),
        ("legacy/17", ""),
    ],
)
def test_the_address_in_a_key_is_the_whole_of_it(key: str, typed: str) -> None:
    assert address(key) == typed
