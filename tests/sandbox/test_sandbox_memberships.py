import pytest

ALL = [
    *("profile", "contacts", "products", "manageproducts", "productsso", "domains"),
    *("managedomains", "invoices", "quotes", "tickets", "affiliates", "emails", "orders"),
]
BEN = "ben@office.example"


@pytest.fixture
def team(api):
    """One client (1) of owner 1, with member 2."""
    api.add_client()
    api.member(1, BEN, "tickets", "invoices")
    return api


def permissions(api, **ids):
    return api("GetUserPermissions", **({"user_id": 2, "client_id": 1} | ids)).get("permissions")


def test_the_permissions_list_has_13_keys_and_a_status(api):
    body = api("GetPermissionsList")
    assert body == {"status": "success", "permissions": {"permission": ALL}}
    api.tell("switches", permissions_list_status="result")
    assert list(api("GetPermissionsList")) == ["result", "permissions"]


def test_a_members_permissions(team):
    assert permissions(team) == ["tickets", "invoices"]


def test_an_owner_has_them_all(team):
    assert permissions(team, user_id=1) == ALL
    team.tell("switches", owner_permissions="empty")
    assert permissions(team, user_id=1) == []


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("list", ["tickets", "invoices"]),
        ("wrapped", {"permission": ["tickets", "invoices"]}),
        ("single", {"permission": ["tickets", "invoices"]}),
        ("csv", "tickets,invoices"),
        ("map", {"tickets": 1, "invoices": 1}),
        ("numbered", {"0": "tickets", "1": "invoices"}),
        ("absent", None),
    ],
)
def test_the_shapes_of_the_permissions_body(team, form, body):
    team.tell("switches", permissions_body=form)
    assert permissions(team) == body


def test_a_single_permission_may_come_bare(team):
    team.member(1, BEN, "tickets")
    team.tell("switches", permissions_body="single")
    assert permissions(team) == {"permission": "tickets"}


@pytest.mark.parametrize(
    ("form", "body"),
    [("list", []), ("wrapped", {"permission": []}), ("map", []), ("numbered", []), ("csv", "")],
)
def test_no_permissions_are_an_empty_list_and_not_left_out(team, form, body):
    team.member(1, BEN)
    team.tell("switches", permissions_body=form)
    assert permissions(team) == body


@pytest.mark.parametrize(
    "action", ["GetUserPermissions", "UpdateUserPermissions", "DeleteUserClient"]
)
def test_a_membership_must_exist(team, action):
    team.add_user("cara@lone.example")
    given = {"permissions": "tickets"}
    assert team.error(action, user_id=99, client_id=1, **given) == "Invalid user id"
    assert team.error(action, user_id=1, client_id=99, **given) == "Invalid client id"
    assert team.error(action, user_id=3, client_id=1, **given) == (
        "User is not associated with client"
    )


def test_an_update_replaces_the_whole_set(team):
    answer = team(
        "UpdateUserPermissions", user_id=2, client_id=1, permissions="orders, tickets,tickets"
    )
    assert answer == {"result": "success"}
    assert permissions(team) == ["tickets", "orders"]


def test_an_array_of_permissions_is_tolerated(team):
    array = {"permissions[0]": "orders", "permissions[1]": "quotes"}
    team("UpdateUserPermissions", user_id=2, client_id=1, **array)
    assert permissions(team) == ["quotes", "orders"]


def test_an_owner_cannot_be_given_permissions(team):
    assert team.error("UpdateUserPermissions", user_id=1, client_id=1, permissions="orders") == (
        "Permissions cannot be set on a client owner"
    )


@pytest.mark.parametrize("given", [{}, {"permissions": ""}, {"permission": "orders"}])
def test_an_update_needs_permissions(team, given):
    assert team.error("UpdateUserPermissions", user_id=2, client_id=1, **given) == (
        "Missing permissions definition"
    )
    assert permissions(team) == ["tickets", "invoices"]


def test_an_empty_set_may_be_accepted(team):
    team.tell("switches", empty_permissions="accept")
    team("UpdateUserPermissions", user_id=2, client_id=1, permissions="")
    assert team.get("state")["memberships"][1]["permissions"] == []
    assert team.error("UpdateUserPermissions", user_id=2, client_id=1) == (
        "Missing permissions definition"
    )


def test_unknown_permissions_are_ignored_or_refused(team):
    team("UpdateUserPermissions", user_id=2, client_id=1, permissions="orders,Tickets,fly")
    assert permissions(team) == ["orders"]
    team.tell("switches", unknown_permissions="reject")
    assert team.error("UpdateUserPermissions", user_id=2, client_id=1, permissions="fly") == (
        "Invalid permission: fly"
    )


def test_removing_a_member_keeps_the_user(team):
    assert team("DeleteUserClient", user_id=2, client_id=1) == {"result": "success"}
    assert team.get("state")["memberships"] == [
        {"id": 1, "client_id": 1, "user_id": 1, "owner": True, "permissions": None, "invite_id": 0}
    ]
    assert team("GetUsers")["totalresults"] == 2


def test_the_owner_cannot_be_removed(team):
    assert team.error("DeleteUserClient", user_id=1, client_id=1) == (
        "You cannot remove the account owner"
    )
