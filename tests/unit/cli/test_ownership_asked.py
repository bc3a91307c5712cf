"""Who may ask for another owner, and what `syncd ownership` and `status` say of requests."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from filled import add, add_state

from syncd.cli.ownership import Asked, judged
from syncd.cli.status import status_lines
from syncd.errors import RequestRefused
from syncd.journal.journal import Journal
from syncd.model.keys import account_key, membership_key, user_key
from syncd.model.ownership import Acquaintance, OwnershipRequest, Side
from syncd.workspace.sightings import Sightings, keep_sightings
from syncd.workspace.workspace import Workspace

OBSERVED = datetime(2026, 3, 1, 3, 15, tzinfo=UTC)
NOW = OBSERVED + timedelta(hours=5)
OLGA, JANE, KIM, LEO = (f"{name}@acme.example" for name in ("olga", "jane", "kim", "leo"))
ACCOUNTS: list[tuple[str, str, list[str]]] = [
    ("legacy/17", "Active", [OLGA]),
    ("legacy/18", "Active", [KIM]),
    ("legacy/19", "Active", [KIM]),
    ("legacy/20", "Closed", [LEO]),
    ("legacy/21", "Active", [JANE, OLGA]),
    ("legacy/22", "Active", []),
]


@pytest.fixture(scope="module")
def sightings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sightings]:
    folder = tmp_path_factory.mktemp("state")
    with Workspace(folder / "workspace.duckdb") as workspace:
        for ref, status, owners in ACCOUNTS:
            _add_account(workspace, ref, status, owners)
        for number, email in enumerate((OLGA, KIM, LEO)):
            for table, more in (("observed", {}), ("seen", {"invite": False})):
                key = user_key(email)
                add_state(workspace, table, key, email=email, target_id=str(number), **more)
        key = membership_key("legacy/17", JANE)
        add_state(workspace, "seen", key, account="legacy/17", email=JANE, invite=False)
        keep_sightings(workspace, folder, "kestrel", OBSERVED)
    opened = Sightings.open(folder, "kestrel")
    assert opened is not None
    with opened:
        yield opened


def _add_account(workspace: Workspace, ref: str, status: str, owners: list[str]) -> None:
    key, client = account_key(ref), f"5{ref[-2:]}"
    body = {"status": status, "profile": {"company": f"Shop {ref[-2:]}"}}
    add_state(workspace, "seen", key, body, account=ref, target_id=client, invite=False)
    add(workspace, "bound", target_key=f"account:kestrel/{client}", key=key)
    for email in owners:
        add(workspace, "ownerships", account=f"kestrel/{client}", email=email)


def asked(**more: Any) -> Asked:
    values = {
        "asked_by": OLGA, "new_owner": JANE, "account": "legacy/17", "ticket": "4711",
        "recorded_by": "Lena",
    }  # fmt: skip
    return Asked(**values | more)


def test_the_present_owner_may_ask(sightings: Sightings) -> None:
    assert judged(asked(), sightings, NOW) == OwnershipRequest(
        number=0,
        account="legacy/17",
        target_client="517",
        asked_by=OLGA,
        asked_by_id="0",
        new_owner=JANE,
        ticket="4711",
        recorded_by="Lena",
        recorded_at="2026-03-01T08:15:00+00:00",
        owner=OLGA,
        new_owner_is=Acquaintance.MEMBER,
        observed_at="2026-03-01T03:15:00+00:00",
    )


def test_the_account_of_who_owns_one_need_not_be_named(sightings: Sightings) -> None:
    with pytest.raises(RequestRefused, match="legacy/20 is closed"):
        judged(asked(account="", asked_by=LEO), sightings, NOW)


def test_who_is_nobody_yet_may_be_named(sightings: Sightings) -> None:
    request = judged(asked(new_owner="new@acme.example"), sightings, NOW)

    assert request.new_owner_is is Acquaintance.STRANGER


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            {"asked_by": KIM, "account": ""},
            (
                "kim@acme.example owns 2 accounts: legacy/18 (Shop 18), legacy/19 (Shop 19). "
                "Name the right one with --account"
            ),
        ),
        (
            {"asked_by": KIM},
            (
                "kim@acme.example did not own legacy/17 when the target was observed 5 h ago: "
                "olga@acme.example did. Only the present owner may ask; run `syncd plan` if "
                "that has "
                "changed"
            ),
        ),
        (
            {"asked_by": "x@acme.example", "account": ""},
            (
                "x@acme.example owned no account when the target was observed 5 h ago. "
                "Correct --from, or "
                "run `syncd plan` if that has changed"
            ),
        ),
        (
            {"account": "legacy/99"},
            (
                "the target had no account legacy/99 when it was observed 5 h ago. Give one like "
                "legacy/17, or run `syncd plan` if it is new"
            ),
        ),
        (
            {"new_owner": OLGA},
            "olga@acme.example is named as present and as new owner. Correct --to",
        ),
        (
            {"asked_by": KIM, "new_owner": OLGA},
            (
                "olga@acme.example owned legacy/17 already when the target was observed 5 h "
                "ago. There is "
                "nothing to ask for"
            ),
        ),
        (
            {"asked_by": LEO, "account": "legacy/20"},
            "legacy/20 is closed in the target. Open it there first, or leave it",
        ),
        (
            {"account": "legacy/21"},
            (
                "legacy/21 has several owners in the target (jane@acme.example, "
                "olga@acme.example). Keep "
                "the right one there first"
            ),
        ),
        (
            {"account": "legacy/22"},
            (
                "olga@acme.example did not own legacy/22 when the target was observed 5 h "
                "ago: nobody "
                "did. Only the present owner may ask; run `syncd plan` if that has changed"
            ),
        ),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_to_do(
    more: dict[str, Any], says: str, sightings: Sightings
) -> None:
    with pytest.raises(RequestRefused) as caught:
        judged(asked(**more), sightings, NOW)

    assert caught.value.reason == says


# --- status -----------------------------------------------------------------------------------


def test_status_lists_the_requests_that_stand(sightings: Sightings, tmp_path: Path) -> None:
    with Journal.open(tmp_path / "journal.sqlite", "kestrel") as journal:
        journal.start_run("r1", "plan", NOW)
        journal.finish_run("r1", "done", NOW)
        before = list(status_lines(journal, NOW))
        request = judged(asked(new_owner="new@acme.example"), sightings, NOW)
        journal.request_ownership(request)
        over = msgspec.structs.replace(request, account="legacy/18")
        journal.request_ownership(over)
        journal.reject_request("legacy/18", "Lena", "not hers", NOW)
        journal.confirm_request("legacy/17", Side.OWNER, "Lena", NOW)

        assert list(status_lines(journal, NOW)) == [
            *before,
            "Ownership requests: 1 open. `syncd ownership list` says what to do.",
            (
                "  request 1 on legacy/17 (client 517): olga@acme.example asks for "
                "new@acme.example, "
                "ticket 4711; missing: the confirmation of the new owner; new@acme.example "
                "is neither "
                "a user of the target nor invited"
            ),
        ]
