"""`syncd check`: what it tries without writing, what it warns of, and what to do about it."""

from provider import Provider

from syncd.config.config import load
from syncd.ports import TriedTarget
from syncd.targets.whmcs.trial import TRIALS
from syncd.wiring import open_target

NOT_TRIED = "AddClient and AddUser were not tried: no call of them is certain to write nothing"


def advice(out: str, line: str) -> str:
    """Give what stands below a line."""
    lines = out.splitlines()
    assert line in lines, out
    return lines[lines.index(line) + 1].strip()


# --- the actions that write -----------------------------------------------------------------


def test_each_writing_action_that_can_be_is_tried_and_writes_nothing(synced: Provider) -> None:
    before, mails = synced.get("state"), synced.get("outbox")

    checked = synced.syncd("check")

    assert checked.code == 0, checked
    for action in TRIALS:
        assert f"ok    target action {action}" in checked.out.splitlines()
    assert f"note  {NOT_TRIED}" in checked.out.splitlines()
    assert "warn" not in checked.out
    assert sorted(synced.tried) == sorted(TRIALS), "each once"
    assert (synced.get("state"), synced.get("outbox")) == (before, mails)


def test_a_role_that_only_plans_is_warned_and_passes(provider: Provider) -> None:
    provider.tell("roles", deny=["addcontact", "deleteuserclient"])

    checked = provider.syncd("check")

    assert checked.code == 0, checked
    below = advice(checked.out, "warn  target action AddContact")
    assert below.startswith('Invalid Permissions: API action "addcontact" is not allowed')
    assert below.endswith("`syncd apply` needs it: Tick AddContact in the credential's API role.")
    assert "warn  target action DeleteUserClient" in checked.out
    assert "ok    target action UpdateContact" in checked.out
    assert NOT_TRIED in checked.out


def test_nothing_is_tried_where_nobody_is_let_in(provider: Provider) -> None:
    provider.tell("ips", allow=["192.0.2.1"])

    checked = provider.syncd("check")

    assert checked.code == 4
    assert provider.tried == []
    assert "AddContact" not in checked.out


def test_a_target_is_tried_again_and_again_with_one_result(provider: Provider) -> None:
    target = open_target(load(provider.config))
    assert isinstance(target, TriedTarget)
    state = provider.get("state")
    first = target.probe_writing()
    assert first == target.probe_writing()
    assert all(probe.ok for probe in first)
    assert provider.get("state") == state


# --- what to do -----------------------------------------------------------------------------


def test_wrong_credentials_come_with_what_to_do(provider: Provider) -> None:
    (provider.folder / "secrets" / "secret").write_text("wrong-and-quiet", encoding="utf-8")
    checked = provider.syncd("check")
    assert checked.code == 4
    below = advice(checked.out, "FAIL  target action WhmcsDetails")
    assert below == ("Authentication Failed. Check identifier and secret of the API credential.")


def test_an_address_that_is_not_allowed_comes_with_what_to_do(provider: Provider) -> None:
    provider.tell("ips", allow=["192.0.2.1"])
    checked = provider.syncd("check")
    assert checked.code == 4
    below = advice(checked.out, "FAIL  target action WhmcsDetails")
    assert below == ("Invalid IP 127.0.0.1. Add this machine's address to the API IP allow list.")


def test_an_action_that_reads_and_is_not_allowed_comes_with_what_to_do(provider: Provider) -> None:
    provider.tell("roles", deny=["getcontacts"])
    checked = provider.syncd("check")
    assert checked.code == 4
    below = advice(checked.out, "FAIL  target action GetContacts")
    assert below.endswith("is not allowed. Tick GetContacts in the credential's API role.")
