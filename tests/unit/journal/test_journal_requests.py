"""Ownership requests in the journal: recorded by people at any time, followed by runs, sealed."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from syncd.errors import RequestRefused
from syncd.journal import care
from syncd.journal.journal import Journal
from syncd.journal.stores import Place
from syncd.model.ownership import (
    AccountOwner,
    Acquaintance,
    OwnershipRequest,
    RequestState,
    Seen,
    Side,
    followed,
)

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OLGA, JANE, KIM = "olga@archer.example", "jane@dev.example", "kim@dev.example"
ASKED = OwnershipRequest(
    number=0,
    account="legacy/17",
    target_client="5",
    asked_by=OLGA,
    asked_by_id="3",
    new_owner=JANE,
    ticket="4711",
    recorded_by="Lena",
    recorded_at=NOW.isoformat(),
    owner=OLGA,
    new_owner_is=Acquaintance.USER,
    observed_at="2026-03-01T03:15:00+00:00",
)
OTHER = msgspec.structs.replace(ASKED, account="legacy/18", asked_by=KIM)
LATER = "2026-03-02T03:15:00+00:00"


@pytest.fixture
def journals(place: Place) -> Iterator[tuple[Journal, Journal]]:
    """Open one journal twice, as two processes would."""
    with Journal.open(place, "kestrel") as one, Journal.open(place, "kestrel") as other:
        yield one, other


@pytest.fixture
def journal(journals: tuple[Journal, Journal]) -> Journal:
    return journals[0]


def is_whole(journal: Journal) -> bool:
    return all(line.ok for line in care.check(journal.place, "kestrel"))


def seen(*owners: str) -> Seen:
    return Seen(tuple(AccountOwner(email) for email in owners), Acquaintance.MEMBER)


def test_requests_are_numbered_and_read_back_as_they_were_recorded(journal: Journal) -> None:
    recorded = [journal.request_ownership(asked) for asked in (ASKED, OTHER)]

    assert [request.number for request in recorded] == [1, 2]
    assert journal.ownership_requests() == recorded
    assert msgspec.structs.replace(recorded[0], number=0) == ASKED
    assert is_whole(journal)


def test_one_stands_on_an_account_until_it_is_over(journal: Journal) -> None:
    journal.request_ownership(ASKED)

    with pytest.raises(RequestRefused, match=r"request 1 stands on legacy/17 already, open, for "):
        journal.request_ownership(ASKED)
    journal.reject_request("legacy/17", "Lena", "the ticket was not hers", NOW)

    assert journal.request_ownership(ASKED).number == 2


def test_each_side_confirms_once_and_it_is_kept_who_recorded_it(journal: Journal) -> None:
    journal.request_ownership(ASKED)
    one = journal.confirm_request("legacy/17", Side.OWNER, "Lena", NOW)
    assert one.unconfirmed == (Side.NEW_OWNER,)
    both = journal.confirm_request("legacy/17", Side.NEW_OWNER, "Otto", NOW + MINUTE)

    assert both.unconfirmed == ()
    assert (both.owner_confirmed_by, both.owner_confirmed_at) == ("Lena", NOW.isoformat())
    assert both.new_owner_confirmed_by == "Otto"
    assert both.new_owner_confirmed_at == (NOW + MINUTE).isoformat()
    assert journal.ownership_requests() == [both]
    with pytest.raises(
        RequestRefused, match="the present owner has confirmed request 1 already; see"
    ):
        journal.confirm_request("legacy/17", Side.OWNER, "Otto", NOW)
    assert journal.ownership_requests() == [both]
    assert is_whole(journal)


def test_a_rejected_one_is_kept_with_its_reason_and_is_over(journal: Journal) -> None:
    journal.request_ownership(ASKED)
    over = journal.reject_request("legacy/17", "Lena", "the ticket was not hers", NOW)

    assert (over.state, over.rejected_by, over.because, over.ended_at) == (
        RequestState.REJECTED, "Lena", "the ticket was not hers", NOW.isoformat(),
    )  # fmt: skip
    assert journal.ownership_requests() == [over]
    for word_on_it in (
        lambda: journal.reject_request("legacy/17", "Lena", "again", NOW),
        lambda: journal.confirm_request("legacy/17", Side.OWNER, "Lena", NOW),
    ):
        with pytest.raises(RequestRefused, match="no request stands on legacy/17"):
            word_on_it()


def test_a_stale_one_is_rejected_and_not_confirmed(journal: Journal) -> None:
    request = journal.request_ownership(ASKED)
    journal.follow_requests([followed(request, seen(KIM), LATER)])

    with pytest.raises(RequestRefused, match=r"request 1 is stale, since kim@dev\.example owns"):
        journal.confirm_request("legacy/17", Side.OWNER, "Lena", NOW)
    assert journal.reject_request("legacy/17", "Lena", "Kim it is", NOW).owner == KIM


def test_what_people_record_during_an_observation_is_kept(
    journals: tuple[Journal, Journal],
) -> None:
    run, desk = journals
    first, second = run.request_ownership(ASKED), run.request_ownership(OTHER)
    confirmed = desk.confirm_request("legacy/17", Side.OWNER, "Lena", NOW)
    rejected = desk.reject_request("legacy/18", "Lena", "not hers", NOW)
    run.follow_requests([followed(each, seen(JANE), LATER) for each in (first, second)])

    done, over = run.ownership_requests()
    assert done == msgspec.structs.replace(
        confirmed,
        state=RequestState.DONE,
        owner=JANE,
        new_owner_is=Acquaintance.MEMBER,
        observed_at=LATER,
        ended_at=LATER,
    )
    assert over == rejected
    assert is_whole(run)


RECORDED: dict[str, Callable[[Journal], OwnershipRequest]] = {
    "request_ownership": lambda journal: journal.request_ownership(OTHER),
    "confirm_request": lambda journal: journal.confirm_request(
        "legacy/17", Side.OWNER, "Lena", NOW
    ),
    "reject_request": lambda journal: journal.reject_request("legacy/17", "Lena", "no", NOW),
}


@pytest.mark.parametrize("name", RECORDED)
def test_people_record_while_a_run_is_on_whoever_took_over_meanwhile(
    name: str, journals: tuple[Journal, Journal]
) -> None:
    desk, run = journals
    desk.request_ownership(ASKED)
    with run.held(lambda: NOW, MINUTE):  # the epoch has moved on since the desk opened it
        recorded = RECORDED[name](desk)
        run.start_run("r1", "sync", NOW)
    assert recorded in run.ownership_requests()
    assert is_whole(run)


def test_one_that_was_edited_by_hand_is_noticed(journal: Journal) -> None:
    journal.request_ownership(ASKED)
    with journal._engine.begin() as con:
        con.exec_driver_sql("UPDATE ownership_requests SET new_owner_confirmed_by = 'Lena'")

    assert not is_whole(journal)


def test_they_are_exported(journal: Journal) -> None:
    request = journal.request_ownership(ASKED)

    told = [msgspec.json.decode(line) for line in care.export(journal.place)]
    (row,) = (line for line in told if line["table"] == "ownership_requests")
    del row["table"]
    assert row == msgspec.to_builtins(request)
