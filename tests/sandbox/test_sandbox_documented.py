"""Actions that WHMCS documents and the sandbox lacks: a caller is told which of the two it is."""

import pytest

from syncd.sandbox.actions import ACTIONS
from syncd.sandbox.documented import DOCUMENTED

UNKNOWN = "The requested API Action could not be found."


def test_the_list_is_that_of_the_reference():
    assert len(DOCUMENTED) == 162
    assert {action.name for action in ACTIONS.values() if not action.companion} <= DOCUMENTED


@pytest.mark.parametrize("action", ["AddOrder", "addorder", "DomainWhois"])
def test_a_real_action_that_is_not_played_is_named(action, api):
    name = {"addorder": "AddOrder"}.get(action, action)
    sentence = f"This sandbox does not play the API action {name}, which WHMCS documents."
    assert api.error(action) == sentence


@pytest.mark.parametrize("action", ["DeleteUser", "SetOwner", ""])
def test_what_no_document_knows_is_not_found(action, api):
    assert api.error(action) == UNKNOWN


def test_what_the_release_lacks_is_not_found(api):
    api.tell("switches", version="8.0.4")
    assert api.error("GetUsers") == UNKNOWN
    api.tell("switches", version="7.10.2")
    assert api.error("AddUser") == UNKNOWN


def test_what_a_7_10_has_and_the_sandbox_lacks_there_is_named(api):
    api.tell("switches", version="7.10.2")
    sentence = "This sandbox does not play the API action ResetPassword, which WHMCS documents."
    assert api.error("ResetPassword", email="x@x.example") == sentence


def test_a_stranger_is_not_shown(api):
    assert api.raw("AddOrder", secret="wrong").json()["message"] == "Authentication Failed"  # noqa: S106
