"""The tables about people, and what the text report says about them."""

from collections.abc import Iterator

import msgspec

from syncd.report.facts import WATCHED, Chooser, ChooserFacts, Holder, PeopleFacts
from syncd.report.tables import Table
from syncd.report.words import counted


def _chooser(one: Chooser) -> tuple[object, ...]:
    numbers = (one.logins_before, one.accounts_before, one.accounts_after)
    return (one.email, *numbers, "yes" if one.new else "no", one.accounts)


HIGH_RISK = Table("high_risk.csv", Holder.__struct_fields__, msgspec.structs.astuple)
CHOOSERS = Table(
    "account_chooser.csv",
    ("email", "logins_before", "accounts_before", "accounts_after", "new", "accounts"),
    _chooser,
)


def risk_lines(people: PeopleFacts) -> Iterator[str]:
    """Say how many logins hold what is dangerous, tier by tier."""
    if not people.holders:
        yield "nobody holds a critical or high permission"
    for tier in WATCHED:
        keys = ", ".join(f"{key} {number:,}" for key, number in of_tier(people, tier).items())
        if keys:
            logins = counted(people.tiers.get(tier, 0), "login")
            yield f"{logins} with {tier} permissions: {keys}"


def risk_example(people: PeopleFacts) -> Iterator[str]:
    """Name a holder, a critical one where there is one."""
    for one in people.holder_sample[:1]:
        yield f"{HIGH_RISK.file} names each, for example {one.email} ({one.account}): {one.words}"


def of_tier(people: PeopleFacts, tier: str) -> dict[str, int]:
    """Give the permissions of a tier that somebody holds, and by how many logins."""
    return {
        key: number
        for key, number in people.holders.items()
        if key in people.permissions and people.permissions[key].tier == tier
    }


def label_line(people: PeopleFacts) -> str:
    """Say how many logins have each label."""
    return ", ".join(f"{number:,} {label}" for label, number in people.labels.items())


def chooser_line(choosers: ChooserFacts) -> str:
    return (
        f"{counted(choosers.people, 'person', 'people')} must choose an account at login, "
        f"{choosers.new:,} for the first time ({CHOOSERS.file})"
    )
