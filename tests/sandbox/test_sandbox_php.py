import json

import pytest

from syncd.sandbox import php


def test_brackets_build_arrays():
    params = php.parse([("email_preferences[general]", "1"), ("email_preferences[domain]", "0")])
    assert params.mapping("email_preferences") == {"general": "1", "domain": "0"}


def test_brackets_nest_and_count():
    params = php.parse([("a[b][]", "x"), ("a[b][]", "y"), ("a[c]", "z")])
    assert dict(params) == {"a": {"b": {"0": "x", "1": "y"}, "c": "z"}}


def test_the_last_of_a_repeated_name_counts():
    params = php.parse([("arr", "1"), ("arr", "2"), ("list[0]", "x"), ("list", "y")])
    assert dict(params) == {"arr": "2", "list": "y"}


def test_dots_and_spaces_in_names_become_underscores():
    assert dict(php.parse([("a.b c", "1"), ("[x]", "lost")])) == {"a_b_c": "1"}


def test_an_open_bracket_is_no_array():
    assert dict(php.parse([("a[b", "1")])) == {"a": "1"}


@pytest.mark.parametrize(
    ("value", "number"), [("7", 7), (" 12abc", 12), ("abc", 0), ("-3", -3), ("9" * 40, 2**63 - 1)]
)
def test_numbers_are_the_leading_digits(value, number):
    assert php.parse([("n", value)]).integer("n") == number


def test_an_absent_or_blank_number_is_the_default():
    params = php.parse([("n", "")])
    assert (params.integer("n", 25), params.integer("m", 25)) == (25, 25)


@pytest.mark.parametrize(
    ("value", "true"),
    [("1", True), ("0", False), ("", False), ("false", True), ("True", True), ("undefined", True)],
)
def test_only_blank_and_zero_are_false(value, true):
    assert php.truthy(value) is true


@pytest.mark.parametrize(
    "pairs",
    [
        [("permissions", "tickets, invoices,,")],
        [("permissions[0]", "tickets"), ("permissions[1]", "invoices")],
    ],
)
def test_a_list_is_commas_or_an_array(pairs):
    assert php.parse(pairs).listed("permissions") == ["tickets", "invoices"]


def test_json_escapes_slashes_and_hides_quotes():
    body = {"message": 'API action "getusers"', "url": "http://x.test/"}
    text = php.to_json(body)
    assert text == '{"message":"API action \\u0022getusers\\u0022","url":"http:\\/\\/x.test\\/"}'
    assert json.loads(text) == body


@pytest.mark.parametrize("value", ["ends in \\", '\\"', 'a\\\\"b/\\/', "é\u2028\n", '"'])
def test_json_means_what_it_meant(value):
    assert json.loads(php.to_json({"v": value})) == {"v": value}


def test_entities_are_those_of_htmlspecialchars():
    assert php.entities('Raz & Co\'s "<b>"') == "Raz &amp; Co&#039;s &quot;&lt;b&gt;&quot;"


def test_xml_repeats_the_element_of_a_list():
    text = php.to_xml("GetX", {"result": "success", "xs": {"x": [{"a": True}, {"a": None}]}})
    assert text.endswith(
        "<whmcsapi><action>getx</action><result>success</result>"
        "<xs><x><a>1</a></x><x><a></a></x></xs></whmcsapi>"
    )


def test_pairs_are_the_flat_values():
    body = {"result": "success", "n": 1, "on": True, "off": False, "none": None, "list": [1]}
    assert php.to_nvp(body) == "result=success;n=1;on=1;off=;none=;"
