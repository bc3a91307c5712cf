"""The endpoint itself: credentials, roles, addresses, and what strange clients send."""

import hashlib
import xml.etree.ElementTree as ET

import pytest

WRONG = {"secret": "wrong"}
DENIED = {"result": "error", "message": "Authentication Failed"}


def admin(api):
    return api.get("credentials")


def md5(text):
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def test_identifier_and_secret(api):
    assert api("WhmcsDetails")["result"] == "success"


def test_blank_fields_beside_a_good_credential_count_as_absent(api):
    assert api("WhmcsDetails", username="", password="", accesskey="")["result"] == "success"


def test_identifier_and_secret_in_the_old_fields(api):
    fields = {"username": api.sandbox.identifier, "password": api.sandbox.secret}
    response = api.post({"action": "WhmcsDetails", **fields})
    assert response.json()["result"] == "success"


def test_admin_name_and_md5_of_the_password(api):
    known = admin(api)
    fields = {"username": known["admin_username"], "password": md5(known["admin_password"])}
    assert api.post({"action": "WhmcsDetails", **fields}).json()["result"] == "success"


def test_the_admin_login_has_no_api_role(api):
    known = admin(api)
    api.tell("roles", deny=["whmcsdetails"])
    fields = {"username": known["admin_username"], "password": md5(known["admin_password"])}
    assert api.post({"action": "WhmcsDetails", **fields}).json()["result"] == "success"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"identifier": "nobody", "secret": "wrong"},
        {"username": "admin", "password": "plain, not md5"},
        {"username": "admin", "password": ""},
    ],
)
def test_wrong_credentials_are_403_with_a_body(api, fields):
    response = api.post({"action": "WhmcsDetails", **fields})
    assert (response.status_code, response.json()) == (403, DENIED)


def test_a_wrong_secret_is_refused(api):
    response = api.raw("WhmcsDetails", **WRONG)
    assert (response.status_code, response.json()) == (403, DENIED)


def test_an_unlisted_address_is_refused_before_the_credential_is_looked_at(api):
    api.tell("ips", allow=["192.0.2.7"])
    response = api.raw("WhmcsDetails", **WRONG)
    assert response.status_code == 403
    assert response.json() == {"result": "error", "message": "Invalid IP 127.0.0.1"}


def test_the_access_key_goes_past_the_address_list(api):
    api.tell("ips", allow=[])
    assert api("WhmcsDetails", accesskey=admin(api)["access_key"])["result"] == "success"
    assert api.raw("WhmcsDetails", accesskey="guess").status_code == 403


def test_addresses_are_kept_as_whmcs_keeps_them(api):
    api.tell("ips", allow=["127.0.0.1"])
    value = api("GetConfigurationValue", setting="APIAllowedIPs")["value"]
    assert value == 'a:1:{i:0;a:2:{s:2:"ip";s:9:"127.0.0.1";s:4:"note";s:0:"";}}'
    assert api.tell("ips", allow=None) == {"allow": ["127.0.0.1", "::1"]}


def test_a_role_without_the_action_is_403_with_the_lower_case_name(api):
    allowed = api.tell("roles", deny=["GetUsers"])["allowed"]
    assert "getusers" not in allowed
    response = api.raw("GetUsers")
    assert response.status_code == 403
    assert response.text == (
        '{"result":"error","message":"Invalid Permissions: API action '
        '\\u0022getusers\\u0022 is not allowed"}'
    )
    api.tell("roles", allow="all")
    assert api("GetUsers")["result"] == "success"


@pytest.mark.parametrize(("setting", "status"), [("200", 200), ("403", 403)])
def test_an_unknown_action(api, setting, status):
    api.tell("switches", unknown_action_status=setting)
    response = api.raw("DeleteUser")
    assert response.status_code == status
    assert response.json()["message"] == "The requested API Action could not be found."


def test_an_action_in_any_letter_case(api):
    assert api("getCLIENTS")["totalresults"] == 0


def test_an_action_in_the_query_string(api):
    response = api.post(api.credential, path="/includes/api.php?action=WhmcsDetails")
    assert response.json()["result"] == "success"


def test_the_body_wins_over_the_query_string(api):
    path = "/includes/api.php?action=DeleteClient"
    response = api.post({"action": "WhmcsDetails", **api.credential}, path=path)
    assert "whmcs" in response.json()


def test_a_doubled_path_looks_like_a_credential_fault(api):
    response = api.post(api.credential, path="/includes/api.php/includes/api.php")
    assert response.status_code == 200
    assert response.json() == {"result": "error", "message": "An admin user is required"}


def test_a_multipart_form(api):
    fields = {"action": (None, "WhmcsDetails")}
    fields |= {name: (None, value) for name, value in api.credential.items()}
    assert api.post(files=fields).json()["result"] == "success"


def test_the_answer_says_what_it_is(api):
    assert api.raw("WhmcsDetails").headers["Content-Type"] == "application/json"


def test_xml_when_asked_for(api):
    api.add_client()
    response = api.raw("GetClients", responsetype="xml")
    assert response.headers["Content-Type"] == "application/xml"
    root = ET.fromstring(response.text)  # noqa: S314 - our own server's
    assert root.tag == "whmcsapi"
    assert (root.findtext("action"), root.findtext("result")) == ("getclients", "success")
    assert root.findtext("clients/client/email") == "alma@shop.example"


def test_pairs_when_asked_for(api):
    client = api.add_client()
    response = api.raw("UpdateClient", clientid=client, responsetype="NVP")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.text == f"result=success;clientid={client};"
    # A list has no place in pairs.
    text = api.raw("GetClients", responsetype="nvp").text
    assert text == "result=success;totalresults=1;startnumber=0;numreturned=1;"
    refused = api.raw("GetClientsDetails", responsetype="nvp").text
    assert refused == "result=error;message=Either clientid Or email Is Required;"


def test_the_format_when_none_is_asked_for(api):
    request = {"action": "WhmcsDetails", **api.credential}
    assert api.post(request).text.startswith("{")
    api.tell("switches", default_format="xml")
    assert "<whmcsapi>" in api.post(request).text
    api.tell("switches", default_format="nvp")
    assert api.post(request).text == "result=success;"


def test_slashes_are_escaped_on_the_wire(api):
    text = api.raw("GetConfigurationValue", setting="SystemURL").text
    assert f'"{api.sandbox.url}/"'.replace("/", "\\/") in text


def test_a_refused_write_leaves_nothing_behind(api, profile):
    api.tell("switches", hook_veto="Not in this shop.")
    assert api.error("AddClient", **profile) == "Not in this shop."
    state = api.get("state")
    assert (state["clients"], state["users"]) == ([], [])


def test_last_access_moves_without_a_trace_in_the_state(api):
    before = api.get("state")
    api("WhmcsDetails")
    assert api.get("state") == before
