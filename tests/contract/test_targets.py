"""The targets that join the contract: memory, and WHMCS over HTTP under each open question."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import msgspec
import pytest

pytest.register_assert_rewrite("target_contract")

from control import direct_session  # noqa: E402
from target_contract import (  # noqa: E402
    ACME,
    BOLT,
    FEW,
    JANE,
    NOW,
    PEOPLE,
    QUIET,
    Target,
    TargetContract,
    add,
    assert_refused,
    carl,
    kept,
    memberships,
    perform,
    update,
    with_people,
)

from syncd.errors import (  # noqa: E402
    AccessRefused,
    ActionRefused,
    AddressRefused,
    NotConfirmed,
    Rejected,
    UnexpectedReply,
    WriteRefused,
)
from syncd.model.change import Change  # noqa: E402
from syncd.model.connection import ApiConnection  # noqa: E402
from syncd.model.permission import ALL, NONE, Permissions  # noqa: E402
from syncd.model.resources import Account, Contact, Membership, Profile, User  # noqa: E402
from syncd.ports import Ownership  # noqa: E402
from syncd.sandbox import Sandbox, running  # noqa: E402
from syncd.targets.memory import MemoryTarget  # noqa: E402
from syncd.targets.whmcs.client import WhmcsClient  # noqa: E402
from syncd.targets.whmcs.reader import WhmcsReader  # noqa: E402
from syncd.targets.whmcs.writer import WhmcsWriter  # noqa: E402
from syncd.wire.client import ReadingClient  # noqa: E402

Data = dict[str, list[dict[str, Any]]]
CONTROL = direct_session()


class Bindings(dict[str, str]):
    def resolve(self, key: str) -> str | None:
        return self.get(key)

    def owner(self, account: str) -> str | None:
        return self.get(f"owner of {account}")

    def intent(self, key: str) -> str:
        return self.get("intent", key)

    def password_hash(self, change: Change) -> str | None:
        return self.get(f"hash of {change.key}")


class InMemory:
    name = "memory"

    def __init__(self) -> None:
        self.state = MemoryTarget(self.name)
        self.bindings = Bindings()
        self.reader = self.state.reader()
        self.writer = self.state.writer(self.bindings, lambda: NOW, lambda: None)

    def load(self, data: Data) -> None:
        self.state.load(**data)

    def accept(self, email: str, client_id: int, as_email: str | None = None) -> None:
        self.state.accept(email, client_id, as_email)

    def set_member(self, client_id: int, email: str, keys: Permissions | None) -> None:
        place = (self.state.user_ids[email], str(client_id))
        self.state.members.pop(place)
        if keys is not None:
            self.state.members[place] = keys

    def writes(self) -> int:
        return self.state.writes


class TestMemory(TargetContract):
    @pytest.fixture
    def target(self) -> Target:
        return InMemory()


def way_to(sandbox: Sandbox, **changes: Any) -> ApiConnection:
    own = {"identifier": sandbox.identifier, "secret": sandbox.secret}
    usual = {"timeout": 10, "page_size": 20}
    return ApiConnection(url=sandbox.url, **usual | own | changes)


class OverHttp:
    name = "shop"

    def __init__(self, sandbox: Sandbox, connection: ApiConnection | None = None) -> None:
        self.sandbox = sandbox
        self.bindings = Bindings()
        connection = connection or way_to(sandbox)
        passwords = (f"throw-away {number}" for number in count())
        self.client = ReadingClient(self.name, connection)
        self.reader = WhmcsReader(self.name, self.client)
        self.writer = WhmcsWriter(
            self.name,
            WhmcsClient(self.name, connection, lambda: None),
            self.bindings,
            new_password=passwords.__next__,
            now=lambda: NOW,
            placeholder="-",
        )

    def control(self, path: str, body: object = None) -> Any:
        url = f"{self.sandbox.control}/{path}"
        answer = (
            CONTROL.post(url, json=body, timeout=10)
            if body is not None
            else CONTROL.get(url, timeout=10)
        )
        assert answer.ok, answer.text
        return answer.json()

    def load(self, data: Data) -> None:
        self.control("load", data)

    def accept(self, email: str, client_id: int, as_email: str | None = None) -> None:
        for invite in self.control("invites")["invites"]:
            if (invite["email"], invite["client_id"]) == (email, client_id):
                self.control(f"invites/{invite['id']}/accept", {"email": as_email or email})

    def set_member(self, client_id: int, email: str, keys: Permissions | None) -> None:
        body = {"client_id": client_id, "email": email, "permissions": keys}
        self.control("members", body)

    def requests(self) -> list[dict[str, Any]]:
        return self.control("requests")["requests"]

    def writes(self) -> int:
        written = (line for line in self.requests() if line["writes"])
        return sum(line["result"] == "success" for line in written)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running() as sandbox:
        yield sandbox


def over_http(sandbox: Sandbox, **switches: str) -> OverHttp:
    target = OverHttp(sandbox)
    target.control("reset", {"switches": True})
    target.control("switches", switches)
    return target


# Each setting is an answer that a real WHMCS may give; the adapter must be right under all.
SETTINGS: tuple[dict[str, str], ...] = (
    {},
    {"permissions_body": "wrapped", "ids": "string"},
    {"permissions_body": "single", "ids": "int"},
    {"permissions_body": "csv", "empty_containers": "blank", "ids": "documented"},
    {"permissions_body": "map", "empty_containers": "list"},
    {"permissions_body": "numbered", "isowner_key": "snake"},
    {"limitnum_cap": "25", "hide_numreturned": "on"},
    {"entity_encode": "on", "permissions_list_status": "result"},
    {"email_folding": "cs", "addclient_owner_id": "off", "version": "9.0.5"},
    {"duplicate_contact_email": "reject", "adduser_mail": "welcome", "version": "8.1.3"},
    {"icann_guard": "off", "second_invite": "reject", "unknown_permissions": "reject"},
)


class TestWhmcs(TargetContract):
    @pytest.fixture(
        params=SETTINGS, ids=lambda setting: ",".join(map("=".join, setting.items())) or "default"
    )
    def target(self, sandbox: Sandbox, request: pytest.FixtureRequest) -> Target:
        return over_http(sandbox, **request.param)


@pytest.fixture
def shop(sandbox: Sandbox) -> OverHttp:
    return over_http(sandbox)


@pytest.mark.parametrize("make", [lambda _: InMemory(), over_http], ids=["memory", "whmcs"])
def test_the_last_recipient_of_domain_mail_is_not_let_go(make: Any, sandbox: Sandbox) -> None:
    target = make(sandbox)
    with_people(target, **QUIET)
    before = msgspec.structs.replace(carl(), preferences=("domain",))

    change = update(before, msgspec.structs.replace(before, preferences=("invoice",)))

    assert_refused(target, change, Rejected)


def test_permissions_that_are_never_shown_are_not_taken_for_none(sandbox: Sandbox) -> None:
    shop = over_http(sandbox, permissions_body="absent")
    with_people(shop)

    with pytest.raises(UnexpectedReply, match="cannot be known"):
        list(shop.reader.inspect(memberships(shop)))
    change = update(Membership(ACME, JANE, NONE), Membership(ACME, JANE, ALL))
    assert_refused(shop, change, UnexpectedReply)


class TestRelease80:
    """8.0 has users and no GetUsers."""

    @pytest.fixture
    def shop(self, sandbox: Sandbox) -> OverHttp:
        return over_http(sandbox, version="8.0.4")

    def test_users_are_read_account_by_account(self, shop: OverHttp) -> None:
        with_people(shop)

        seen = list(shop.reader.observe())

        # The one without an account cannot be seen.
        assert kept(seen, User) == {
            "5": User("olga@acme.example", "Olga", "Owner"),
            "6": User("bo@bolt.example", "Bo", "Bolt"),
            "7": User(JANE, "Jane", "Doe"),
        }
        assert sum(isinstance(item, Ownership) for item in seen) == 2
        inspected = list(shop.reader.inspect(memberships(shop)))
        assert [item.resource for item in inspected] == [Membership("shop/3", JANE, FEW)]

    def test_an_account_is_given_to_a_bound_owner(self, shop: OverHttp) -> None:
        with_people(shop)
        account = Account("legacy/20", JANE, "new@acme.example")

        assert perform(shop, add(account)).confirmed

    def test_membership_changes_need_no_list_of_users(self, shop: OverHttp) -> None:
        with_people(shop)

        change = update(Membership(ACME, JANE, FEW), Membership(ACME, JANE, ("orders",)))

        assert perform(shop, change).confirmed

    def test_the_probe_says_so(self, shop: OverHttp) -> None:
        probes = {probe.action: probe for probe in shop.reader.probe()}

        assert probes["GetUsers"].ok
        assert "8.1" in probes["GetUsers"].sentence


def test_the_probe_names_what_the_role_lacks(shop: OverHttp) -> None:
    shop.load(PEOPLE)
    shop.control("roles", {"deny": ["getuserpermissions", "getusers"]})

    probes = {probe.action: probe for probe in shop.reader.probe()}

    assert not probes["GetUsers"].ok
    assert '"getuserpermissions" is not allowed' in probes["GetUserPermissions"].sentence
    assert all(probe.ok for action, probe in probes.items() if "GetUser" not in action)
    with pytest.raises(ActionRefused):
        list(shop.reader.observe())


def test_the_probe_tries_permissions_on_somebody(sandbox: Sandbox) -> None:
    shop = over_http(sandbox, permissions_body="absent")
    shop.load(PEOPLE)

    probes = {probe.action: probe for probe in shop.reader.probe()}

    assert not probes["GetUserPermissions"].ok


def test_every_form_of_credential_is_let_in(sandbox: Sandbox) -> None:
    own = sandbox.credentials
    admin = {"username": own.admin_username, "password": own.admin_password}
    for connection in (
        way_to(sandbox),
        way_to(sandbox, credential_fields="username"),
        way_to(sandbox, identifier=None, secret=None, **admin),
    ):
        assert OverHttp(sandbox, connection).reader.permissions() == ALL
    with pytest.raises(AccessRefused):
        OverHttp(sandbox, way_to(sandbox, identifier="wrong")).reader.permissions()


def test_an_access_key_replaces_the_list_of_addresses(shop: OverHttp) -> None:
    own = shop.sandbox.credentials
    shop.control("ips", {"allow": ["192.0.2.1"]})

    with pytest.raises(AddressRefused):
        shop.reader.permissions()
    keyed = way_to(shop.sandbox, access_key=own.access_key)
    assert OverHttp(shop.sandbox, keyed).reader.permissions() == ALL


def test_a_reader_cannot_write(shop: OverHttp) -> None:
    before = len(shop.requests())

    for action in ("AddUser", "adduser", "DeleteUserClient", "UpdateClient"):
        with pytest.raises(WriteRefused):
            shop.client.call(action, email=JANE)

    assert len(shop.requests()) == before


def test_a_change_that_was_ignored_is_not_confirmed(shop: OverHttp) -> None:
    with_people(shop)
    change = update(Membership(ACME, JANE, FEW), Membership(ACME, JANE, ("tickets", "teleport")))

    with pytest.raises(NotConfirmed):
        perform(shop, change)


def test_the_sentence_of_a_hook_is_passed_on(sandbox: Sandbox) -> None:
    shop = over_http(sandbox, hook_veto="No contacts on Sundays.")
    with_people(shop)
    dora = Contact(BOLT, "legacy/100", "dora@bolt.example", (), Profile(first_name="Dora"))

    assert assert_refused(shop, add(dora), Rejected).message == "No contacts on Sundays."


def test_no_password_of_a_user_is_kept(shop: OverHttp) -> None:
    perform(shop, add(User(JANE, "Jane", "Doe")))

    assert "throw-away" not in str(shop.requests())
