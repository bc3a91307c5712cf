"""The life of an invitation: seven times 24 hours, whatever the clocks on the wall do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from syncd.config.files import load_mapping
from syncd.convert.permissions import flag_reader
from syncd.decide.guard import Circumstances, GuardRules, judge
from syncd.model.change import Change, Reason, Verb
from syncd.model.invitation import Life, expiry, life_of
from syncd.model.policy import Policy, Waves
from syncd.model.resources import Invite, Membership, account_ref
from syncd.model.verdict import Word

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ARCHER = account_ref("legacy", 17)
SENT = Invite(ARCHER, "dana@archer.example", ("quotes",), NOW, fresh=True)


@pytest.mark.parametrize(
    ("age", "life"),
    [
        (timedelta(0), Life.WAITING),
        (timedelta(days=5, microseconds=-1), Life.WAITING),
        (timedelta(days=5), Life.EXPIRING),
        (timedelta(days=7, microseconds=-1), Life.EXPIRING),
        (timedelta(days=7), Life.EXPIRED),
        (timedelta(days=400), Life.EXPIRED),
    ],
)
def test_it_lasts_seven_times_24_hours(age: timedelta, life: Life) -> None:
    assert life_of(SENT, NOW + age) is life


@pytest.mark.parametrize("leap", ["2026-03-29", "2026-10-25"])  # 23 and 25 hours
def test_a_day_of_23_or_25_hours_changes_nothing(leap: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    sent = datetime.fromisoformat(f"{leap}T00:30").replace(tzinfo=berlin).astimezone(UTC)
    over = expiry(msgspec.structs.replace(SENT, sent_at=sent))
    assert over - sent == timedelta(hours=168)
    assert over.astimezone(berlin).hour in (23, 1), "on the wall it ends an hour off"


@pytest.mark.parametrize(
    ("changed", "life"),
    [
        ({"confirmed": False}, Life.UNCONFIRMED),
        ({"gone": True, "fresh": False}, Life.WITHDRAWN),
        ({"fresh": False}, Life.EXPIRED),  # says the target, by its clock
    ],
)
def test_what_is_known_of_it_counts(changed: dict[str, bool], life: Life) -> None:
    assert life_of(msgspec.structs.replace(SENT, **changed), NOW) is life


@pytest.mark.parametrize(("sent", "held"), [(1, False), (2, False), (3, True), (9, True)])
def test_another_is_sent_by_policy_so_often_and_no_more(sent: int, held: bool) -> None:  # noqa: FBT001
    rules = GuardRules(
        flag_reader(load_mapping("whmcs-7")),
        Policy(apply_reasons=frozenset({Reason.INVITE_EXPIRED})),
        waves=Waves(resends=2),
        supports=frozenset({("membership", Verb.ADD)}),
    )
    wanted = Membership(ARCHER, SENT.email, SENT.permissions)
    again = Change(Verb.ADD, Reason.INVITE_EXPIRED, None, wanted)
    around = Circumstances(entitled=wanted.permissions, sent=sent)
    verdict = judge(again, around, rules)
    assert (verdict.word is Word.HOLD) == held
    assert ("phone" in verdict.why) == held
    assert judge(again, msgspec.structs.replace(around, answer="apply"), rules).word is Word.APPLY
