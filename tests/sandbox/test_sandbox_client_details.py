"""What GetClientsDetails tells beside the profile: country, telephone, statistics, own fields."""

import base64

import phpserialize
import pytest

from syncd.sandbox import countries

FIELDS = {3: "VAT 12", 8: "blue"}


def packed(fields):
    return base64.b64encode(phpserialize.dumps(fields)).decode()


def details(api, client_id=1):
    return api("GetClientsDetails", clientid=client_id)["client"]


# --- country and telephone ------------------------------------------------------------------


@pytest.mark.parametrize("version", ["8.13.1", "7.10.2"])
def test_the_country_is_named_and_the_number_written_in_full(api, version):
    api.tell("switches", version=version)
    api.add_client()
    shown = details(api)
    assert [shown[name] for name in ("country", "countryname", "phonecc", "phonenumber")] == [
        *("GB", "United Kingdom", "44", "0113 496 0000")
    ]
    assert shown["phonenumberformatted"] == "+44.1134960000"
    assert ("telephoneNumber" in shown) == (version != "7.10.2")
    assert shown.get("telephoneNumber", "+44.1134960000") == "+44.1134960000"


@pytest.mark.parametrize(
    ("number", "country", "written"),
    [
        ("", "GB", ""),
        ("+44.1134960000", "GB", "+44.1134960000"),
        ("+44 113 496 0000", "gb", "+44.1134960000"),
        ("+49 30 1234", "GB", "+49301234"),
        ("555-0100", "US", "+1.5550100"),
        ("555-0100", "", "555-0100"),
        ("none", "GB", "none"),
    ],
)
def test_a_number_in_full(number, country, written):
    assert countries.international(number, country) == written


def test_a_country_that_is_none_is_its_code():
    assert (countries.name_of("XX"), countries.calling_code("XX")) == ("XX", "")


# --- statistics -----------------------------------------------------------------------------


def test_stats_are_all_there_and_only_when_asked_for(api):
    api.add_client()
    stats = api("GetClientsDetails", clientid=1, stats="1")["stats"]
    assert len(stats) == 41
    assert (stats["numdueinvoices"], stats["dueinvoicesbalance"]) == (0, "$0.00 USD")
    assert (stats["grossRevenue"], stats["numaffiliatesignups"]) == ("$0.00 USD", 0)
    assert (stats["incredit"], stats["isAffiliate"]) == (False, False)
    assert "stats" not in api("GetClientsDetails", clientid=1)


def test_stats_of_a_7_10_are_text(api):
    api.tell("switches", version="7.10.2")
    api.add_client()
    stats = api("GetClientsDetails", clientid=1, stats="1")["stats"]
    assert (stats["numdueinvoices"], stats["incredit"], stats["isAffiliate"]) == ("0", "", "")
    assert not {"grossRevenue", "expenses", "numpaymentpendinginvoices"} & stats.keys()


# --- custom fields --------------------------------------------------------------------------


def test_custom_fields_are_read_as_they_were_given(api):
    api.add_client(customfields=packed(FIELDS))
    shown = details(api)
    assert shown["customfields"] == [{"id": 3, "value": "VAT 12"}, {"id": 8, "value": "blue"}]
    assert (shown["customfields1"], shown["customfields2"]) == ("VAT 12", "blue")
    assert api("GetClientsDetails", clientid=1)["customfields2"] == "blue"


def test_an_update_changes_the_fields_it_names(api):
    api.add_client(customfields=packed(FIELDS))
    api("UpdateClient", clientid=1, customfields=packed({8: "red", 9: "new"}))
    values = {field["id"]: field["value"] for field in details(api)["customfields"]}
    assert values == {3: "VAT 12", 8: "red", 9: "new"}


@pytest.mark.parametrize("text", ["", "no base64", base64.b64encode(b"nonsense").decode()])
def test_what_is_no_array_is_no_field(api, text):
    api.add_client(customfields=text)
    shown = details(api)
    assert shown["customfields"] == []
    assert "customfields1" not in shown


def test_fields_go_with_their_client_and_belong_to_it_alone(api):
    api.add_client(customfields=packed(FIELDS))
    api.add_client("two@x.example")
    assert details(api, 2)["customfields"] == []
    api("DeleteClient", clientid=1)
    assert api.get("state")["customfields"] == []


def test_fields_are_part_of_a_data_set(api):
    row = {"client_id": 1, "field_id": 3, "value": "VAT 12"}
    api.tell("load", clients=[{"email": "c@x.example"}], customfields=[row])
    assert details(api)["customfields"] == [{"id": 3, "value": "VAT 12"}]
    assert api.get("state")["customfields"] == [{"id": 1, **row}]
