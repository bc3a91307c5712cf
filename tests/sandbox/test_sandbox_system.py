"""Mail, audit and the installation itself."""

import base64

import phpserialize
import pytest

CUSTOM = {
    "id": 1,
    "customtype": "general",
    "customsubject": "Moved",
    "custommessage": "<p>Hello</p>",
}


@pytest.fixture
def shop(api):
    api.add_client(noemail="1")
    return api


def test_details_and_version(api):
    version = {"version": "8.13.1", "canonicalversion": "8.13.1-release.1"}
    assert api("WhmcsDetails") == {"result": "success", "whmcs": version}
    admin = api("GetAdminDetails")
    assert (admin["adminid"], admin["whmcs"]) == (1, version)
    assert "API Access" in admin["allowedpermissions"].split(",")


def test_the_version_is_a_switch(api):
    api.tell("switches", version="9.0.5")
    assert api("WhmcsDetails")["whmcs"]["version"] == "9.0.5"
    assert api("GetConfigurationValue", setting="Version") == {
        "result": "success",
        "setting": "Version",
        "value": "9.0.5-release.1",
    }


def test_configuration_values(api):
    value = api("GetConfigurationValue", setting="SystemURL")["value"]
    assert value == f"{api.sandbox.url}/"
    assert api.error("GetConfigurationValue") == "Parameter setting is required"
    assert api.error("GetConfigurationValue", setting="Nope") == (
        "Invalid name for parameter setting"
    )


def test_the_language_is_a_switch(api):
    assert api("GetConfigurationValue", setting="Language")["value"] == "english"
    api.tell("switches", language="german")
    assert api("GetConfigurationValue", setting="Language")["value"] == "german"


def test_the_activity_log_is_newest_first_and_does_not_count_its_page(api):
    api.tell("clock", now="2026-12-31T09:30:00Z", frozen=True)
    api("LogActivity", description="First")
    assert api("LogActivity", description="Second", clientid=7) == {"result": "success"}
    body = api("GetActivityLog")
    assert list(body) == ["result", "totalresults", "startnumber", "activity"]
    assert body["activity"]["entry"][0] == {
        "id": 2,
        "clientId": 7,
        "userId": 0,
        "adminId": 1,
        "date": "2026-12-31 09:30:00",
        "description": "Second",
        "username": "admin",
        "ipaddress": "127.0.0.1",
        "userid": 7,
    }


def test_the_activity_log_is_searched(api):
    api.tell("clock", now="2026-12-31T09:30:00Z", frozen=True)
    api("LogActivity", description="One of 50% off")
    api("LogActivity", description="Two", clientid=7)

    def found(**given):
        return [entry["id"] for entry in api("GetActivityLog", **given)["activity"]["entry"]]

    api.tell("switches", empty_containers="list")
    assert found(clientid=7) == found(userid=7) == [2]
    assert found(description="50%") == [1]
    assert found(description="50_") == []
    assert found(date="31/12/2026") == [2, 1]
    assert found(date="30/12/2026") == []
    assert found(user="ADMIN", ipaddress="127.0.0.1") == [2, 1]
    api.tell("switches", version="8.1.3")
    assert found(clientid=7) == [2, 1]


def test_log_activity_needs_words(api):
    assert api.error("LogActivity") == "A description is required"


def test_send_email_goes_to_the_client_and_to_contacts_who_take_such_mail(shop):
    on = {"email_preferences[general]": "1"}
    shop("AddContact", clientid=1, email="takes@x.example", **on)
    shop("AddContact", clientid=1, email="not@x.example")
    assert shop("SendEmail", **CUSTOM) == {"result": "success"}
    sent = [(mail["kind"], mail["to"]) for mail in shop.get("outbox")["mails"]]
    assert sent == [("email", "alma@shop.example"), ("email", "takes@x.example")]
    mail = shop("GetEmails", clientid=1)["emails"]["email"][0]
    assert mail["to"] == "Alma Archer <alma@shop.example>"
    assert (mail["cc"], mail["subject"]) == ("takes@x.example", "Moved")
    assert (mail["attachments"], mail["pending"], mail["failure_reason"]) == (None, 0, "")


def test_send_email_from_a_template(shop):
    variables = base64.b64encode(phpserialize.dumps({"name": "x"})).decode()
    shop("SendEmail", messagename="Client Signup Email", id=1, customvars=variables)
    assert shop.get("outbox")["mails"][0]["subject"] == "Welcome"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"customtype": ""},
            "You must provide either an existing email template name or a custom message type",
        ),
        ({"customtype": "pigeon"}, "Invalid message type provided"),
        ({"customsubject": ""}, "A subject is required for a custom message"),
        ({"custommessage": ""}, "A message body is required for a custom message"),
        ({"customvars": "@@"}, "The custom variables you provided are invalid."),
        ({"customvars": "aTox"}, "The custom variables you provided are invalid."),
        ({"customvars": "aToxOw=="}, "The custom variables you provided are invalid."),
        ({"id": ""}, "A related ID is required"),
        ({"id": 9}, "Sending Failed. Please see documentation."),
        ({"customtype": "invoice"}, "Sending Failed. Please see documentation."),
        ({"messagename": "Nope"}, "Email Template not found"),
        ({"messagename": "Unsubscribe Confirmation"}, "Email Template is disabled"),
    ],
)
def test_send_email_refuses(shop, change, sentence):
    assert shop.error("SendEmail", **(CUSTOM | change)) == sentence
    assert shop.get("outbox")["mails"] == []


def test_get_emails_of_one_client(shop):
    shop.tell("clock", now="2026-03-01T09:30:00Z", frozen=True)
    shop("SendEmail", **CUSTOM)
    shop("SendEmail", **(CUSTOM | {"customsubject": "Other"}))
    assert shop("GetEmails", clientid=1, subject="ove")["totalresults"] == 1
    assert shop("GetEmails", clientid=1, date="2026-03-01 09:30:00")["totalresults"] == 2
    assert shop("GetEmails", clientid=1, date="2026-03-02")["totalresults"] == 0
    assert shop("GetEmails", clientid=1, limitnum=1)["numreturned"] == 1
    assert shop.error("GetEmails", clientid=9) == "Client ID Not Found"
