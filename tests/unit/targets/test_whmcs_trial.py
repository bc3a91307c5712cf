"""Trying the writing actions: what is sent, what is not, and what each answer shows."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
import responses
import stamina

from syncd.errors import ActionRefused, WriteRefused
from syncd.model.connection import ApiConnection
from syncd.ports import Probe
from syncd.targets.whmcs.client import WRITING
from syncd.targets.whmcs.trial import COMPANION_TRIALS, TRIALS, UNTRIED, TrialClient, probe_writing
from syncd.wire.client import ReadingClient

URL = "https://shop.example/includes/api.php"
CONNECTION = ApiConnection(url="https://shop.example", identifier="us", secret="secret")  # noqa: S106
NOBODY = "2147483647"


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def client() -> TrialClient:
    return TrialClient("shop", CONNECTION)


def forms(http: responses.RequestsMock) -> list[dict[str, str]]:
    return [
        {name: values[0] for name, values in parse_qs(str(call.request.body)).items()}
        for call in http.calls
    ]


def answer(http: responses.RequestsMock, status: int = 200, **reply: Any) -> None:
    http.post(URL, json=reply, status=status)


def test_what_cannot_be_tried_and_what_can_are_all_that_syncd_writes() -> None:
    assert {*TRIALS, *COMPANION_TRIALS, *UNTRIED} == WRITING
    assert not TRIALS.keys() & set(UNTRIED)


def test_a_trial_names_nobody_and_holds_nothing_to_write(
    http: responses.RequestsMock, client: TrialClient
) -> None:
    answer(http, result="error", message="Client ID Not Found")
    assert all(probe.ok for probe in probe_writing(client))

    sent = forms(http)
    manners = {"identifier", "secret", "action", "responsetype"}
    assert [form["action"] for form in sent] == list(TRIALS)
    for form in sent:
        assert {form[name] for name in form.keys() - manners} == {NOBODY}
        assert form.keys() - manners <= {"clientid", "client_id", "contactid", "user_id"}


@pytest.mark.parametrize("action", [*UNTRIED, "DeleteClient", "addcontact", "GetUsers"])
def test_nothing_but_the_table_can_be_tried(
    action: str, http: responses.RequestsMock, client: TrialClient
) -> None:
    with pytest.raises(WriteRefused):
        client.attempt(action)
    assert not http.calls


@pytest.mark.parametrize("action", TRIALS)
def test_reading_clients_still_cannot_write(
    action: str, http: responses.RequestsMock, client: TrialClient
) -> None:
    for reader in (client, ReadingClient("shop", CONNECTION, [*TRIALS])):
        with pytest.raises(WriteRefused):
            reader.call(action, clientid=3)
    assert not http.calls


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        TRIALS["AddClient"] = {}  # type: ignore[index]
    with pytest.raises(TypeError):
        TRIALS["AddContact"]["clientid"] = "3"  # type: ignore[index]


def test_what_the_role_lacks_is_said_and_the_rest_tried(
    http: responses.RequestsMock, client: TrialClient
) -> None:
    sentence = 'Invalid Permissions: API action "x" is not allowed'
    answer(http, 403, result="error", message=sentence)

    probes = probe_writing(client)

    assert [probe.action for probe in probes] == list(TRIALS)
    for probe in probes:
        assert (probe.ok, probe.sentence) == (False, sentence)
        assert isinstance(probe.error, ActionRefused)


def test_a_success_that_nobody_expects_is_said(
    http: responses.RequestsMock, client: TrialClient
) -> None:
    answer(http, result="success")

    probe = probe_writing(client)[0]

    assert not probe.ok
    assert probe.error is None
    assert probe.sentence.startswith("it said success for the id 2147483647")


@pytest.mark.parametrize(
    ("status", "message"),
    [(403, "Authentication Failed"), (403, "Invalid IP 192.0.2.7"), (500, "")],
)
def test_a_trial_ends_where_nothing_more_can_be_learnt(
    status: int, message: str, http: responses.RequestsMock, client: TrialClient
) -> None:
    answer(http, status, result="error", message=message)

    (probe,) = probe_writing(client)

    assert not probe.ok
    assert probe.error is not None
    assert len(http.calls) == 1, "sent once"


def test_an_action_that_the_target_does_not_know_is_not_allowed(
    http: responses.RequestsMock, client: TrialClient
) -> None:
    answer(http, result="error", message="Command Not Found")

    assert [probe.ok for probe in probe_writing(client)] == [False] * len(TRIALS)


def test_a_probe_compares_by_what_it_shows() -> None:
    assert Probe("AddContact", ok=True) == Probe("AddContact", ok=True)
