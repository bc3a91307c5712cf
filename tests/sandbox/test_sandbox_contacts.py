import pytest

DOMAIN_ON = {"email_preferences[domain]": "1"}
DOMAIN_OFF = {"email_preferences[domain]": "0"}
KINDS = ("domain", "general", "invoice", "product", "support", "affiliate")


@pytest.fixture
def shop(api):
    api.add_client()
    return api


def contact(api, contact_id=1):
    found = api("GetContacts")["contacts"]["contact"]
    return next(row for row in found if row["id"] == contact_id)


def test_add_contact_answers_the_id_as_text(shop):
    shop.tell("clock", now="2026-03-01T09:30:00Z", frozen=True)
    answer = shop(
        "AddContact",
        clientid=1,
        firstname="Dan",
        lastname="Dale",
        email="dan@x.example",
        **{"email_preferences[general]": "1", "email_preferences[invoice]": "0"},
    )
    assert answer == {"result": "success", "contactid": 1}
    assert contact(shop) == {
        "id": 1,
        "userid": 1,
        "firstname": "Dan",
        "lastname": "Dale",
        "email": "dan@x.example",
        **dict.fromkeys(("address1", "address2", "city", "state", "postcode"), ""),
        "country": "",
        "phonenumber": "",
        **{f"{kind}emails": kind == "general" for kind in KINDS},
        "created_at": "2026-03-01 09:30:00",
        "updated_at": "2026-03-01 09:30:00",
    }


def test_add_contact_needs_a_client(api):
    assert api.error("AddContact", clientid=9) == "Client ID Not Found"


@pytest.mark.parametrize("field", ["password2", "permissions"])
def test_what_was_a_sub_account_is_a_contact_and_a_warning(shop, field):
    answer = shop("AddContact", clientid=1, email="dan@x.example", **{field: "tickets"})
    assert answer == {
        "result": "success",
        "contactid": 1,
        "warning": "Sub Accounts are no longer supported. Please use AddUser and "
        "CreateClientInvite",
    }
    assert len(shop.get("state")["users"]) == 1
    loaded = shop.get("state")["contacts"][0]
    assert (loaded["subaccount"], loaded["permissions"]) == (False, "")


def test_the_warning_of_an_update(shop):
    shop("AddContact", clientid=1)
    answer = shop("UpdateContact", contactid=1, subaccount="1")
    assert answer["warning"] == "Sub Accounts are no longer supported. Please use UpdateUser"
    assert answer["result"] == "success"


def test_contacts_may_share_an_address_unless_the_switch_says_no(shop):
    shop("AddContact", clientid=1, email="dan@x.example")
    shop("AddContact", clientid=1, email="dan@x.example")
    shop.tell("switches", duplicate_contact_email="reject")
    assert shop.error("AddContact", clientid=1, email="DAN@x.example") == "Duplicate Email Address"
    shop("AddContact", clientid=1, email="eve@x.example")
    assert shop.error("UpdateContact", contactid=3, email="dan@x.example") == (
        "Duplicate Email Address"
    )
    assert shop("UpdateContact", contactid=3, email="eve@x.example")["result"] == "success"


def test_update_contact_changes_what_is_given(shop):
    shop("AddContact", clientid=1, firstname="Dan", city="York", **DOMAIN_ON)
    answer = shop("UpdateContact", contactid=1, city="", **{"email_preferences[support]": "1"})
    assert answer == {"result": "success", "contactid": "1"}
    found = contact(shop)
    assert (found["firstname"], found["city"]) == ("Dan", "")
    assert (found["domainemails"], found["supportemails"]) == (True, True)


def test_update_and_delete_need_a_contact(shop):
    assert shop.error("UpdateContact", contactid=9) == "Contact ID Not Found"
    assert shop.error("DeleteContact", contactid=9) == "Contact ID Not Found"


def test_delete_contact(shop):
    shop("AddContact", clientid=1)
    assert shop("DeleteContact", contactid=1) == {"result": "success", "contactid": "1"}
    assert shop("GetContacts") == {
        "result": "success",
        "totalresults": 0,
        "startnumber": 0,
        "numreturned": 0,
    }


def test_flat_preferences_are_a_switch(shop):
    shop("AddContact", clientid=1, generalemails="1")
    assert contact(shop)["generalemails"] is False
    shop.tell("switches", flat_preferences="accept")
    shop("UpdateContact", contactid=1, generalemails="1", invoicemails="1")
    assert contact(shop)["generalemails"] is True
    assert contact(shop)["invoiceemails"] is False


def test_the_last_contact_to_get_domain_mail_must(shop):
    shop("AddContact", clientid=1, **DOMAIN_ON)
    shop("UpdateContact", contactid=1, **DOMAIN_OFF)
    shop("UpdateContact", contactid=1, **DOMAIN_ON)
    shop("UpdateClient", clientid=1, **DOMAIN_OFF)
    assert shop.error("UpdateContact", contactid=1, **DOMAIN_OFF) == (
        "You must have at least one email address enabled to receive domain related notifications "
        "as required by ICANN. To disable domain notifications, please enable domain "
        "notifications for the primary account holder or another contact"
    )
    shop("AddContact", clientid=1, **DOMAIN_ON)
    shop("UpdateContact", contactid=1, **DOMAIN_OFF)
    shop.tell("switches", icann_guard="off")
    shop("UpdateContact", contactid=2, **DOMAIN_OFF)


def test_a_hook_may_refuse_a_contact(shop):
    shop("AddContact", clientid=1)
    shop.tell("switches", hook_veto="Phone number looks odd.")
    assert shop.error("AddContact", clientid=1) == "Phone number looks odd."
    assert shop.error("UpdateContact", contactid=1) == "Phone number looks odd."
    assert shop("DeleteContact", contactid=1)["result"] == "success"


def test_filters_are_equality_regardless_of_case(api):
    api.tell(
        "load",
        clients=[{"id": 5}, {"id": 6}],
        contacts=[
            {"client_id": 5, "firstname": "Dan", "email": "dan@x.example"},
            {"client_id": 6, "firstname": "Dana", "email": "dan@x.example.test"},
            {"client_id": 6, "firstname": "DAN", "email": "dan2@x.example"},
        ],
    )

    def ids(**given):
        return [row["id"] for row in api("GetContacts", **given)["contacts"]["contact"]]

    assert ids(userid=6) == [2, 3]
    assert ids(email="DAN@x.example") == [1]
    assert ids(firstname="dan") == [1, 3]
    assert ids(firstname="dan", userid=6) == [3]
    assert ids(limitnum=1, limitstart=1) == [2]


def test_zero_dates_are_shown_as_stored(api):
    api.tell("load", contacts=[{"created_at": "0000-00-00 00:00:00", "updated_at": None}])
    found = contact(api)
    assert (found["created_at"], found["updated_at"]) == ("0000-00-00 00:00:00",) * 2
