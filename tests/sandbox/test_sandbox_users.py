import pytest

USER = {
    "firstname": "Ben",
    "lastname": "Bright",
    "email": "ben@office.example",
    "password2": "pw",
}


def emails(body):
    return [user["email"] for user in body.get("users", [])]


def people(*emails):
    return [{"firstname": "P", "lastname": "Q", "email": email} for email in emails]


def test_add_user_answers_the_id(api):
    assert api("AddUser", **USER) == {"result": "success", "user_id": 1}
    assert api.get("outbox")["mails"] == []


def test_get_users_answers_a_bare_list_with_each_users_clients(api):
    api.tell("clock", now="2026-03-01T09:30:00Z", frozen=True)
    client_id = api.add_client()
    user_id = api.member(client_id, "ben@office.example", "tickets")
    alone = api.add_user("cara@lone.example")
    body = api("GetUsers")
    assert list(body) == ["result", "totalresults", "startnumber", "numreturned", "users"]
    assert body["users"][0] == {
        "id": 1,
        "firstname": "Alma",
        "lastname": "Archer",
        "email": "alma@shop.example",
        "datecreated": "2026-03-01 09:30:00",
        "validationdata": "",
        "clients": [{"id": client_id, "isOwner": True}],
    }
    assert body["users"][1]["id"] == user_id
    assert body["users"][1]["clients"] == [{"id": client_id, "isOwner": False}]
    assert (body["users"][2]["id"], body["users"][2]["clients"]) == (alone, [])


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("firstname", "You did not enter a first name"),
        ("lastname", "You did not enter a last name"),
        ("email", "You did not enter an email address"),
        ("password2", "You did not enter a password"),
    ],
)
def test_add_user_needs(api, field, sentence):
    assert api.error("AddUser", **(USER | {field: ""})) == sentence


@pytest.mark.parametrize(
    "email", ["ben", "ben@", "@office.example", "b en@x.example", "ben@x..example", "bén@x.example"]
)
def test_add_user_wants_a_valid_address(api, email):
    assert api.error("AddUser", **(USER | {"email": email})) == (
        "The email address entered is not valid"
    )


def test_one_user_per_address_whatever_the_case(api):
    api("AddUser", **USER)
    taken = "A user already exists with that email address"
    assert api.error("AddUser", **(USER | {"email": "BEN@Office.example"})) == taken
    api.tell("switches", email_folding="cs")
    assert api("AddUser", **(USER | {"email": "BEN@Office.example"}))["user_id"] == 2
    assert api.error("AddUser", **USER) == taken


def test_an_underscore_in_an_address_is_no_wildcard(api):
    api.add_user("b_n@office.example")
    assert api.add_user("ben@office.example") == 2


def test_add_user_may_welcome(api):
    api.tell("switches", adduser_mail="welcome")
    api("AddUser", **USER)
    mail = api.get("outbox")["mails"][0]
    assert (mail["to"], mail["kind"], mail["client_id"]) == ("ben@office.example", "welcome", None)


def test_update_user_changes_what_is_given(api):
    user_id = api.add_user()
    answer = api("UpdateUser", user_id=user_id, lastname="Brown", language="german", firstname="")
    assert answer == {"result": "success", "user_id": "1"}
    user = api.get("state")["users"][0]
    assert (user["firstname"], user["lastname"], user["language"]) == ("Ben", "Brown", "german")


def test_update_user_leaves_the_client_alone(api):
    api.add_client()
    api("UpdateUser", user_id=1, email="new@shop.example")
    assert api("GetClientsDetails", clientid=1)["client"]["email"] == "alma@shop.example"
    assert emails(api("GetUsers")) == ["new@shop.example"]


def test_update_user_refuses(api):
    user_id = api.add_user()
    api.add_user("cara@lone.example")
    assert api.error("UpdateUser", user_id=99, firstname="X") == "Invalid User ID requested"
    assert api.error("UpdateUser", user_id=user_id, password2="new") == (
        "One of `email`, `firstname`, `lastname`, or `language` is required"
    )
    assert api.error("UpdateUser", user_id=user_id, email="nobody") == (
        "The email address entered is not valid"
    )
    assert api.error("UpdateUser", user_id=user_id, email="CARA@lone.example") == (
        "A user already exists with that email address"
    )
    assert api("UpdateUser", user_id=user_id, email="BEN@office.example")["result"] == "success"


def test_pages_are_25_in_order_of_id(api):
    api.tell("load", users=people(*(f"p{number}@x.example" for number in range(60))))
    first = api("GetUsers")
    assert (first["totalresults"], first["startnumber"], first["numreturned"]) == (60, 0, 25)
    assert [user["id"] for user in first["users"]] == list(range(1, 26))
    last = api("GetUsers", limitstart=50)
    assert (last["startnumber"], last["numreturned"]) == (50, 10)
    beyond = api("GetUsers", limitstart=60)
    assert (beyond["totalresults"], beyond["numreturned"]) == (60, 0)
    assert api("GetUsers", limitnum=60)["numreturned"] == 60
    assert api("GetUsers", limitnum=0)["numreturned"] == 25
    assert api("GetUsers", sorting="DESC", limitnum=1)["users"][0]["id"] == 60


def test_a_silent_cap(api):
    api.tell("load", users=people(*(f"p{number}@x.example" for number in range(120))))
    api.tell("switches", limitnum_cap="100")
    assert api("GetUsers", limitnum=500)["numreturned"] == 100
    assert api("GetUsers", limitnum=30)["numreturned"] == 30


def test_search_is_a_prefix_of_address_first_last_or_full_name(api):
    api.tell(
        "load",
        users=[
            {"firstname": "Bob", "lastname": "Stone", "email": "bob@x.example"},
            {"firstname": "Ann", "lastname": "Bobbin", "email": "ann@x.example"},
            {"firstname": "Zed", "lastname": "Zorn", "email": "bob@x.example.test"},
            {"firstname": "Kim", "lastname": "Lee", "email": "kim-bob@x.example"},
        ],
    )
    assert emails(api("GetUsers", search="BOB")) == [
        "bob@x.example",
        "ann@x.example",
        "bob@x.example.test",
    ]
    hits = emails(api("GetUsers", search="bob@x.example"))
    assert hits == ["bob@x.example", "bob@x.example.test"]
    assert emails(api("GetUsers", search="kim l")) == ["kim-bob@x.example"]
    assert emails(api("GetUsers", search="%bob")) == []


def test_the_key_of_ownership_is_a_switch(api):
    api.add_client()
    api.tell("switches", isowner_key="snake")
    assert api("GetUsers")["users"][0]["clients"] == [{"id": 1, "is_owner": True}]


def test_8_0_has_no_get_users(api):
    api.tell("switches", version="8.0.4")
    assert api.error("GetUsers") == "The requested API Action could not be found."
    assert api("GetClients")["result"] == "success"


def test_reset_password_mails_the_user(api):
    user_id = api.add_user()
    assert api("ResetPassword", id=user_id) == {"result": "success"}
    assert api("ResetPassword", email="BEN@office.example") == {"result": "success"}
    mails = api.get("outbox")["mails"]
    assert [(mail["kind"], mail["to"]) for mail in mails] == [("reset", "ben@office.example")] * 2


def test_reset_password_refuses(api):
    assert api.error("ResetPassword") == "Please enter the email address or provide the id"
    assert api.error("ResetPassword", email="x") == "Please provide a valid email address"
    assert api.error("ResetPassword", email="no@one.example") == "User Not Found"
    assert api.error("ResetPassword", id=9) == "User Not Found"


def test_validate_login_answers_a_user_and_marks_the_login(api):
    api.add_user(password2="right")
    answer = api("ValidateLogin", email="ben@office.example", password2="right")
    assert (answer["userid"], answer["twoFactorEnabled"]) == ("1", "false")
    assert api.get("state")["users"][0]["last_login"] is not None


@pytest.mark.parametrize(
    "login",
    [
        {"email": "ben@office.example", "password2": "wrong"},
        {"email": "no@one.example", "password2": "right"},
        {"email": "ben@office.example"},
    ],
)
def test_validate_login_refuses(api, login):
    api.add_user(password2="right")
    assert api.error("ValidateLogin", **login) == "Email or Password Invalid"


def test_a_user_without_a_password_cannot_log_in(api):
    api.tell("load", users=people("ghost@x.example"))
    assert api.error("ValidateLogin", email="ghost@x.example", password2="") == (
        "Email or Password Invalid"
    )


LONG = {"password2": "p" * 73}
TOO_LONG = "The password is too long. It may have 72 characters at most."


def test_a_password_has_a_maximum_length_from_9_0(api, profile):
    api.tell("switches", version="9.0.5")
    assert api.error("AddUser", **(USER | LONG)) == TOO_LONG
    assert api.error("AddClient", **(profile | LONG)) == TOO_LONG
    assert api("AddUser", **(USER | {"password2": "p" * 72}))["result"] == "success"


def test_how_long_a_password_may_be_is_a_switch(api):
    api.tell("switches", version="9.0.5", password_limit="none")  # noqa: S106
    assert api("AddUser", **(USER | LONG))["result"] == "success"


def test_before_9_0_a_password_may_be_of_any_length(api, profile):
    assert api("AddUser", **(USER | LONG))["result"] == "success"
    assert api("AddClient", **(profile | LONG))["result"] == "success"
