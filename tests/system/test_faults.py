"""Every fault of the sandbox: the run ends in a stated way, and once it is lifted a rerun heals.

In this process and over real HTTP, without the waiting between attempts.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import stamina
import yaml
from provider import Provider, lines, said

from syncd import errors, run
from syncd.cli.results import exit_of
from syncd.cli.words import Exit, explain_error
from syncd.config.config import load
from syncd.errors import SyncdError
from syncd.run import Result
from syncd.sandbox.fault_kinds import KINDS
from syncd.wiring import job_of

# The plan of the archers: 3 accounts, then 6 contacts, then 5 invitations.
ACCOUNTS, BEFORE_INVITES = 3, 9
# One of each: the second account, a contact of the first and the invitation of another. So what
# hangs on the account is blocked, and yet no three in a row fail.
POSITIONS = (("AddClient", 2), ("AddContact", 2), ("CreateClientInvite", 1))
BLOCKED = 3  # the contacts of the second account and the invitation to it
WEEK = timedelta(days=8)


@pytest.fixture(autouse=True)
def hasty() -> Iterator[None]:
    """Let reading calls be tried three times without a pause."""
    with stamina.set_testing(True, attempts=3):
        yield


def sync(provider: Provider) -> Result:
    return run.synced(job_of(load(provider.config)))


def ended(provider: Provider) -> Exit:
    """Give the exit code a run would have ended with; what no code is for is raised."""
    try:
        return exit_of(sync(provider))
    except SyncdError as error:
        return explain_error(error)[0]


def lift(provider: Provider) -> None:
    requests.delete(f"{provider.sandbox.control}/faults", timeout=10).raise_for_status()


def switch(provider: Provider, fault: str, **more: Any) -> None:
    provider.tell("faults", fault=fault, **more)


def heal(provider: Provider) -> int:
    """Lift every fault and run again until done; give how many invitations were decided on."""
    lift(provider)
    provider.sync_here()
    decided = decide(provider)
    if decided:
        provider.sync_here()
    wrote = provider.writes
    provider.sync_here()
    assert provider.writes == wrote, "done is done"
    return decided


def questions(provider: Provider) -> list[Any]:
    text = (provider.plans[-1] / "decisions.yaml").read_text(encoding="utf-8")
    # Every scalar a text: to YAML 1.1 the key `on` is a truth.
    return list(yaml.load(text, yaml.BaseLoader)["decisions"])  # noqa: S506


def decide(provider: Provider) -> int:
    """Do as the report says: look at the Users tab, and send again what is not there."""
    clients = {row["id"]: row["email"] for row in provider.get("state")["clients"]}
    owners = {f"legacy/{row['id']}": row["email"] for row in provider.legacy.clients}
    there = {(clients[one["client_id"]], one["email"]) for one in provider.get("state")["invites"]}
    answers = []
    for one in questions(provider):
        assert one["on"] == "invite_unconfirmed"
        _, account, email = one["scope"].split(":")
        if (owners[account], email) not in there:
            answers.append(one | {"answer": "apply", "by": "Lena", "at": "2026-03-01"})
    path = provider.folder / "decisions.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "decisions": answers}), encoding="utf-8")
    provider.configure(decisions=str(path))
    return len(answers)


# --- while reading --------------------------------------------------------------------------

FOR_EVER: list[tuple[dict[str, Any], type[SyncdError]]] = [
    ({"fault": "lost_request"}, errors.TargetUnavailable),
    ({"fault": "lost_reply"}, errors.TargetUnavailable),
    ({"fault": "truncated"}, errors.Unreadable),
    ({"fault": "null_body"}, errors.Unreadable),
    ({"fault": "rate_page"}, errors.Unreadable),
    ({"fault": "error_after_commit"}, errors.TargetUnavailable),
    ({"fault": "error"}, errors.Rejected),
    ({"fault": "html"}, errors.Unreadable),
    ({"fault": "maintenance"}, errors.Unreadable),
    ({"fault": "banned", "at": 4}, errors.TargetUnavailable),
    ({"fault": "throttled"}, errors.Throttled),
    ({"fault": "throttled", "retry_after": "600"}, errors.Throttled),
    ({"fault": "unavailable"}, errors.Throttled),
    ({"fault": "unavailable", "retry_after": "600", "as_date": True}, errors.Throttled),
    ({"fault": "ip_refused", "at": 3}, errors.AddressRefused),
    ({"fault": "role_lacks", "on": "GetContacts"}, errors.ActionRefused),
    ({"fault": "lying_totals"}, errors.IncompleteRead),
    ({"fault": "lying_totals", "by": -1}, errors.IncompleteRead),
    ({"fault": "shifted_pages"}, errors.IncompleteRead),
    ({"fault": "shifted_pages", "by": -1}, errors.IncompleteRead),
]


@pytest.fixture
def busy(settled: Provider) -> Provider:
    """Give a provider with work to do."""
    settled.legacy.row(111)["permissions"] = "products"
    settled.back_up()
    settled.configure(target={"page_size": 2})
    return settled


def test_a_fault_that_stays_ends_the_plan_by_its_type_and_writes_nothing(busy: Provider) -> None:
    before = busy.picture
    for fault, kind in FOR_EVER:
        busy.tell("faults", **({"times": 0} | fault))
        for command in (busy.plan_here, lambda: sync(busy)):
            with pytest.raises(SyncdError) as caught:
                command()
            assert type(caught.value) is kind, fault
            assert explain_error(caught.value)[0] == Exit.NOT_READY, fault
        assert busy.writes == [], fault
        assert busy.picture == before, fault
        lift(busy)
    made = busy.plan_here()
    assert [line["verb"] for line in lines(made.folder) if line["verdict"] == "apply"] == ["~"]


PASSING = (
    *("lost_request", "lost_reply", "truncated", "html", "maintenance", "banned", "throttled"),
    *("unavailable", "lying_totals", "shifted_pages", "null_body", "rate_page"),
    "error_after_commit",
)


def test_a_fault_that_passes_while_reading_is_read_over(
    synced: Provider, undisturbed: dict[str, Any]
) -> None:
    synced.configure(target={"page_size": 2})
    for fault in PASSING:
        switch(synced, fault, on="GetContacts", at=2)
        synced.sync_here()
        assert synced.get("faults")["faults"][0]["met"] >= 2, f"{fault} did strike"
        assert synced.picture == undisturbed, fault
        lift(synced)


# Each story is a first run, one that reads what it made, and one when all is as usual again.
@pytest.mark.parametrize(
    "faults",
    [
        [{"fault": "short_pages", "rows": 1}, {"fault": "false_hits", "letters": 0}],
        [{"fault": "short_pages"}, {"fault": "slow", "seconds": 0.01}],
        [{"fault": "clock_jump", "seconds": -40_000_000, "times": 1}],
        [{"fault": "clock_jump", "seconds": 3600, "times": 1}, {"fault": "false_hits"}],
        [{"fault": "php_notice"}],
        [{"fault": "byte_order_marks"}],
    ],
    ids=str,
)
def test_what_is_odd_and_not_wrong_changes_nothing(
    faults: list[dict[str, Any]], provider: Provider, undisturbed: dict[str, Any]
) -> None:
    for fault in faults:
        provider.tell("faults", **({"times": 0} | fault))
    provider.sync_here()
    provider.sync_here()
    lift(provider)
    provider.sync_here()
    assert provider.picture == undisturbed


def test_what_php_prints_is_passed_over_and_stands_in_the_report(busy: Provider) -> None:
    switch(busy, "php_notice", times=0)
    made = busy.plan_here()

    text = (made.folder / "report.txt").read_text(encoding="utf-8")
    assert "PHP prints beside its replies: Notice: Undefined index: HTTP_HOST" in text


def test_warnings_are_counted_at_the_end(provider: Provider, undisturbed: dict[str, Any]) -> None:
    switch(provider, "warning", times=0)
    applied = sync(provider).applied

    assert applied is not None
    # An invitation cannot be read back: whether it was mailed is asked.
    assert applied.outcomes == {"applied": BEFORE_INVITES, "in_doubt": 5}
    assert applied.noted == BEFORE_INVITES
    assert applied.note.startswith("the target warned: This functionality is deprecated")
    heal(provider)
    assert provider.picture == undisturbed


# --- while writing --------------------------------------------------------------------------

# Each with the outcome of the change, and whether it was carried out all the same.
ONCE: list[tuple[dict[str, Any], str, bool]] = [
    ({"fault": "lost_request"}, "in_doubt", False),
    ({"fault": "lost_reply"}, "in_doubt", True),
    ({"fault": "truncated"}, "in_doubt", True),
    ({"fault": "error"}, "failed", False),
    ({"fault": "html"}, "in_doubt", False),
    ({"fault": "maintenance"}, "in_doubt", False),
    ({"fault": "banned"}, "failed", False),
    ({"fault": "throttled"}, "failed", False),
    ({"fault": "unavailable"}, "in_doubt", False),
    ({"fault": "null_body"}, "in_doubt", True),
    ({"fault": "error_after_commit"}, "in_doubt", True),
]


@pytest.mark.parametrize(("fault", "outcome", "done"), ONCE, ids=str)
def test_a_write_that_meets_a_fault_has_its_outcome_and_is_made_up_for(
    fault: dict[str, Any],
    outcome: str,
    done: bool,  # noqa: FBT001
    provider: Provider,
    undisturbed: dict[str, Any],
) -> None:
    for action, at in POSITIONS:
        provider.tell("faults", on=action, at=at, **fault)
    applied = sync(provider).applied
    assert applied is not None
    assert applied.outcomes == {outcome: len(POSITIONS), "blocked": BLOCKED, "applied": 8}
    assert applied.stopped == ""
    doubtful = outcome == "in_doubt"
    assert ("1 unconfirmed: " in provider.status) == doubtful
    assert heal(provider) == (doubtful and not done)
    assert provider.picture == undisturbed


@pytest.mark.parametrize("fault", ["throttled", "unavailable"])
def test_a_write_that_is_asked_to_come_back_later_is_sent_again_then(
    fault: str, provider: Provider, undisturbed: dict[str, Any]
) -> None:
    for action, at in POSITIONS:
        switch(provider, fault, on=action, at=at, retry_after="1")
    applied = sync(provider).applied
    assert applied is not None
    assert set(applied.outcomes) == {"applied"}
    struck = [fault["met"] > fault["at"] for fault in provider.get("faults")["faults"]]
    assert struck == [True, True, True]
    assert heal(provider) == 0
    assert provider.picture == undisturbed


def test_access_taken_while_writing_ends_the_run(
    provider: Provider, undisturbed: dict[str, Any]
) -> None:
    for fault, kind in (
        ("ip_refused", errors.AddressRefused),
        ("role_lacks", errors.ActionRefused),
    ):
        switch(provider, fault, on="CreateClientInvite", times=0)
        with pytest.raises(SyncdError) as caught:
            sync(provider)
        assert type(caught.value) is kind
        assert explain_error(caught.value)[0] == Exit.NOT_READY
        assert len(provider.writes) == BEFORE_INVITES, "the refused one was the last"
        lift(provider)
    assert heal(provider) == 0
    assert provider.picture == undisturbed


def test_a_target_that_fails_three_times_in_a_row_is_left_alone(
    provider: Provider, undisturbed: dict[str, Any]
) -> None:
    for fault in ("lost_request", "html", "banned", "throttled"):
        switch(provider, fault, on="AddContact", times=0)
        applied = sync(provider).applied
        assert applied is not None
        assert applied.stopped == "unreachable", fault
        assert applied.failed == 3, fault
        assert provider.get("faults")["faults"][0]["met"] == 3, fault
        assert provider.writes == ["AddClient"] * ACCOUNTS, fault
        lift(provider)
    assert heal(provider) == 0
    assert provider.picture == undisturbed


def test_an_account_whose_reply_was_lost_is_found_whatever_the_rule(
    provider: Provider, undisturbed: dict[str, Any]
) -> None:
    provider.configure(accounts={"match": "same-id"})
    switch(provider, "lost_reply", on="AddClient", at=2)
    applied = sync(provider).applied
    assert applied is not None
    assert applied.outcomes["in_doubt"] == 1
    lift(provider)
    provider.sync_here()
    assert not said(provider.plans[-1]).keys() & {"account:legacy/18"}, "neither made nor held"
    provider.sync_here()
    assert provider.picture == undisturbed


@pytest.mark.parametrize("seed", range(4))
def test_whatever_a_bad_night_brings_a_good_one_makes_up_for_it(
    seed: int, provider: Provider, undisturbed: dict[str, Any]
) -> None:
    kinds = [one["fault"] for one, *_ in ONCE] + ["ip_refused", "role_lacks", "short_pages"]
    provider.tell("faults", random={"seed": seed, "rate": 0.25, "kinds": kinds})
    for _ in range(3):
        assert ended(provider) != Exit.REFUSED
    assert provider.get("faults")["random"]["struck"] >= 3
    heal(provider)
    assert provider.picture == undisturbed


# --- people and time ------------------------------------------------------------------------


def test_an_invitation_accepted_by_another_address_mails_nobody_again(synced: Provider) -> None:
    mails = synced.mails
    switch(synced, "accepted_elsewhere")
    synced.sync_here()
    synced.sync_here()
    assert synced.mails == mails
    members = [row["email"] for row in synced.get("state")["users"]]
    assert KINDS["accepted_elsewhere"].options["email"] in members
    assert "Invitations: 5 waiting." in synced.status


def test_invitations_that_expire_within_a_run_are_not_sent_again(synced: Provider) -> None:
    mails = synced.mails
    switch(synced, "clock_jump")
    synced.sync_here()
    assert {one["state"] for one in synced.get("invites")["invites"]} == {"expired"}
    assert synced.mails == mails
    synced.sync_here(now=datetime.now(UTC) + WEEK)
    assert {rule for _, rule in said(synced.plans[-1]).values()} == {"reason:invite_expired"}
    assert synced.mails == mails


def test_leaving_an_invitation_in_doubt_asks_no_more(provider: Provider) -> None:
    switch(provider, "lost_reply", on="CreateClientInvite")
    sync(provider)
    provider.plan_here()
    (asked,) = questions(provider)
    told = (provider.plans[-1] / "decisions.yaml").read_text("utf-8")
    assert "apply = another invitation is mailed, once" in told
    answered = asked | {"answer": "leave", "by": "Lena", "at": "2026-03-01"}
    file = provider.folder / "decided.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "decisions": [answered]}), encoding="utf-8")
    provider.configure(decisions=str(file))
    assert provider.plan_here().report.readiness == "ready"
    provider.sync_here()
    assert len(provider.mails) == 5


# --- the command line, where it matters -----------------------------------------------------


def test_a_wrong_url_is_reported_at_once(provider: Provider) -> None:
    provider.configure(target={"url": f"{provider.sandbox.url}/billing"})
    done = provider.syncd("sync")
    assert done.code == Exit.NOT_READY
    assert "no WHMCS API at this url (HTTP 404). Set target.url" in done.said
    assert "retry" not in done.err


@pytest.mark.parametrize("keep", [0, 4096 * 3])
def test_a_garbled_journal_is_refused_with_a_clear_sentence(
    keep: int, synced: Provider, tmp_path: Path
) -> None:
    journal = synced.state / "journal.sqlite"
    content = journal.read_bytes()
    journal.write_bytes(content[:keep] + b"\xa5" * (len(content) - keep))
    wrote = synced.writes
    done = synced.syncd("sync")
    assert done.code == Exit.NOT_READY
    assert done.said.startswith(f"The journal {journal} is damaged: ")
    assert "Put back the last backup" in done.said
    assert synced.writes == wrote
    journal.write_bytes(content)
    synced.sync_here()
    assert synced.writes == wrote
