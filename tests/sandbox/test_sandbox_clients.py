import pytest

OFF = {"email_preferences[domain]": "0"}
ICANN = "You must have at least one email address enabled to receive domain related notifications"


def listed(api, **params):
    return [client["email"] for client in api("GetClients", **params)["clients"]["client"]]


def details(api, client_id=1):
    return api("GetClientsDetails", clientid=client_id)["client"]


def client(number, **fields):
    return {"firstname": "C", "lastname": "D", "email": f"c{number}@x.example"} | fields


def test_add_client_makes_its_owner(api, profile):
    assert api("AddClient", **profile) == {"result": "success", "clientid": 1, "owner_id": 1}
    assert details(api)["users"] == {
        "user": [{"id": 1, "name": "Alma Archer", "email": "alma@shop.example", "is_owner": True}]
    }
    login = api("ValidateLogin", email=profile["email"], password2=profile["password2"])
    assert login["userid"] == "1"


def test_add_client_for_a_user_there_is(api, profile):
    owner = api.add_user()
    del profile["password2"]
    answer = api("AddClient", owner_user_id=owner, **profile)
    assert answer["owner_id"] == owner
    assert details(api)["owner_user_id"] == owner
    assert api("GetUsers")["totalresults"] == 1


def test_add_client_welcomes_unless_asked_not_to(api):
    api.add_client("one@x.example")
    api.add_client("two@x.example", noemail="true")
    mails = [(mail["kind"], mail["to"]) for mail in api.get("outbox")["mails"]]
    assert mails == [("welcome", "one@x.example")]
    assert api("GetEmails", clientid=1)["totalresults"] == 1


def test_owner_id_may_be_left_out(api, profile):
    api.tell("switches", addclient_owner_id="off")
    assert api("AddClient", **profile) == {"result": "success", "clientid": 1}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"owner_user_id": 9}, "Invalid Owner User ID"),
        ({"firstname": ""}, "You did not enter your first name"),
        ({"lastname": ""}, "You did not enter your last name"),
        ({"email": ""}, "You did not enter your email address"),
        ({"email": "alma"}, "The email address you entered was not valid"),
        ({"address1": ""}, "You did not enter your  address line 1"),
        ({"city": ""}, "You did not enter your city"),
        ({"state": ""}, "You did not enter your state"),
        ({"postcode": ""}, "You did not enter your postcode"),
        ({"country": ""}, "Valid country required"),
        ({"country": "England"}, "Valid country required"),
        ({"phonenumber": ""}, "You did not enter your phone number"),
        ({"phonenumber": "call me"}, "Invalid telephone phone number"),
        ({"password2": ""}, "You did not enter a password"),
    ],
)
def test_add_client_refuses(api, profile, change, sentence):
    assert api.error("AddClient", **(profile | change)) == sentence


def test_skipvalidation_lifts_all_but_address_and_password(api):
    bare = {"email": "bare@x.example", "skipvalidation": "1"}
    assert api.error("AddClient", skipvalidation="1") == "You did not enter your email address"
    assert api.error("AddClient", **bare) == "You did not enter a password"
    assert api("AddClient", password2="pw", **bare)["result"] == "success"


def test_a_clients_address_is_its_own(api, profile):
    owner = api.add_user()
    api.add_client()
    again = profile | {"email": "ALMA@shop.example"}
    sentence = "The email address entered is not available for use."
    assert api.error("AddClient", **again) == sentence
    assert api.error("AddClient", owner_user_id=owner, **again) == sentence
    api.tell("switches", version="8.5.2")
    assert api.error("AddClient", **again) == "A client already exists with that email address"


def test_a_new_owners_address_is_free(api, profile):
    api.add_user(profile["email"])
    assert api.error("AddClient", **profile) == "A user already exists with that email address"


def test_get_clients_shows_the_documented_fields(api):
    api.tell("clock", now="2026-03-01T09:30:00Z", frozen=True)
    api.add_client(companyname="Archer & Sons", groupid=3)
    body = api("GetClients")
    assert list(body) == ["result", "totalresults", "startnumber", "numreturned", "clients"]
    assert body["clients"]["client"] == [
        {
            "id": 1,
            "firstname": "Alma",
            "lastname": "Archer",
            "companyname": "Archer & Sons",
            "email": "alma@shop.example",
            "datecreated": "2026-03-01",
            "groupid": 3,
            "status": "Active",
        }
    ]


def test_get_clients_searches_filters_and_orders(api):
    api.tell(
        "load",
        clients=[
            client(1, lastname="Zorn", companyname="Acme"),
            client(2, lastname="Young", status="Closed"),
            client(3, firstname="Acton", lastname="Xu"),
        ],
    )
    assert listed(api, search="ac") == ["c1@x.example", "c3@x.example"]
    assert listed(api, search="acton x") == ["c3@x.example"]
    assert listed(api, status="closed") == ["c2@x.example"]
    assert listed(api, orderby="lastname", limitnum=1) == ["c3@x.example"]
    assert listed(api, orderby="lastname", sorting="desc", limitnum=1) == ["c1@x.example"]
    assert listed(api, orderby="password", limitnum=1) == ["c1@x.example"]
    api.tell("switches", version="8.1.3")
    assert listed(api, orderby="lastname", limitnum=1) == ["c1@x.example"]


def test_details_by_id_or_address(api):
    api.add_client()
    by_id, by_email = (
        api("GetClientsDetails", **who) for who in ({"clientid": 1}, {"email": "ALMA@shop.example"})
    )
    assert by_id == by_email
    assert by_id["client"]["userid"] == by_id["client"]["client_id"] == 1
    assert by_id["client"]["email_preferences"] == dict.fromkeys(
        ("general", "invoice", "support", "product", "domain", "affiliate"), "1"
    )
    assert by_id["client"]["allowSingleSignOn"] == 1
    assert by_id["client"]["taxexempt"] is False
    assert not {"password", "securityqans"} & by_id["client"].keys()


def test_details_are_mirrored_at_top_level(api):
    api.add_client()
    body = api("GetClientsDetails", clientid=1, stats="true")
    assert body["result"] == "success"
    assert body["status"] == "Active"
    assert {name: body[name] for name in body["client"]} == body["client"]
    assert body["stats"]["numtickets"] == 0


def test_details_refuse(api):
    assert api.error("GetClientsDetails") == "Either clientid Or email Is Required"
    assert api.error("GetClientsDetails", clientid=9) == "Client Not Found"
    assert api.error("GetClientsDetails", email="no@one.example") == "Client Not Found"


def test_update_client_changes_what_is_given(api):
    api.add_client()
    answer = api(
        "UpdateClient",
        clientemail="alma@shop.example",
        city="York",
        status="Inactive",
        taxexempt="1",
        password2="ignored",
        paymentmethod="banktransfer",
        marketingoptin="1",
        groupid="2",
    )
    assert answer == {"result": "success", "clientid": "1"}
    found = details(api)
    assert (found["city"], found["firstname"], found["status"]) == ("York", "Alma", "Inactive")
    assert (found["taxexempt"], found["defaultgateway"], found["groupid"]) == (
        True,
        "banktransfer",
        2,
    )
    assert found["marketing_emails_opt_in"] is True


def test_update_client_does_not_touch_the_user(api):
    api.add_client()
    api("UpdateClient", clientid=1, email="new@shop.example")
    assert api("GetUsers")["users"][0]["email"] == "alma@shop.example"


def test_update_client_refuses(api):
    api.add_client()
    api.add_client("two@x.example")
    assert api.error("UpdateClient", clientid=9) == "Client ID Not Found"
    assert api.error("UpdateClient") == "Client ID Not Found"
    assert api.error("UpdateClient", clientid=1, email="x") == (
        "The email address entered is not valid"
    )
    assert api.error("UpdateClient", clientid=1, email="TWO@x.example") == "Duplicate Email Address"


def test_somebody_must_get_the_domain_mail_of_a_client(api):
    api.add_client()
    sentence = api.error("UpdateClient", clientid=1, **OFF)
    assert sentence == (
        f"{ICANN} as required by ICANN. To disable domain notifications, please create an "
        "alternative contact that is set to receive them"
    )
    api("AddContact", clientid=1, **{"email_preferences[domain]": "1"})
    api("UpdateClient", clientid=1, **OFF)
    assert details(api)["email_preferences"]["domain"] == "0"
    assert details(api)["email_preferences"]["general"] == "1"
    api("UpdateClient", clientid=1, city="York", **OFF)


def test_without_the_guard_nobody_need_get_it(api):
    api.tell("switches", icann_guard="off")
    api.add_client()
    api("UpdateClient", clientid=1, **OFF)
    assert details(api)["email_preferences"]["domain"] == "0"


def test_close_client(api):
    api.add_client()
    assert api("CloseClient", clientid=1) == {"result": "success"}
    assert details(api)["status"] == "Closed"
    assert api.error("CloseClient", clientid=9) == "Client ID Not Found"


def test_delete_client_keeps_its_users(api):
    api.add_client()
    api("AddContact", clientid=1)
    api("CreateClientInvite", client_id=1, email="x@x.example", permissions="orders")
    assert api("DeleteClient", clientid=1) == {"result": "success", "clientid": "1"}
    state = api.get("state")
    gone = ("clients", "contacts", "memberships", "invites")
    assert [state[kind] for kind in gone] == [[], [], [], []]
    assert len(state["users"]) == 1
    assert api.error("DeleteClient", clientid=1) == "Client ID Not Found"


def test_delete_client_with_the_users_it_leaves_without_a_client(api):
    api.add_client()
    api.add_client("two@x.example")
    api.member(1, "only@x.example", "orders")
    api.member(1, "two@x.example", "orders")
    api.add_user("apart@x.example")
    api("DeleteClient", clientid=1, deleteusers="1")
    emails = [user["email"] for user in api.get("state")["users"]]
    assert emails == ["two@x.example", "apart@x.example"]


def test_the_id_of_a_deleted_row_is_not_used_again(api):
    api.add_client()
    api("DeleteClient", clientid=1)
    assert api.add_client("two@x.example") == 2


def test_client_groups(api):
    group = {"groupname": "Gold", "groupcolour": "#28C99B", "discountpercent": 10}
    api.tell("load", groups=[group | {"susptermexempt": "on"}])
    assert api("GetClientGroups") == {
        "result": "success",
        "totalresults": 1,
        "groups": {
            "group": [
                {
                    "id": 1,
                    "groupname": "Gold",
                    "groupcolour": "#28C99B",
                    "discountpercent": "10.00",
                    "susptermexempt": "on",
                    "separateinvoices": "",
                }
            ]
        },
    }
