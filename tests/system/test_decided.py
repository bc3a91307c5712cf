"""A decision on its whole way: asked, signed, tried, applied, certified, and dead with its data."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from provider import Provider

SAM = "membership:legacy/17:sam@archer.example"


@pytest.fixture
def signed(provider: Provider) -> Path:
    """Let twins be asked about, and give the answer in a file beside the config's."""
    for number, flags in ((171, "invoices,tickets"), (172, "tickets,orders")):
        provider.legacy.contact(number, 17, "Sam Field", "sam@archer.example", permissions=flags)
    provider.back_up()
    provider.plan_here(provider.folder / "asked")
    text = (provider.folder / "asked" / "decisions.yaml").read_text(encoding="utf-8")
    # Every scalar a text: to YAML 1.1 the key `on` is a truth.
    asked: list[Any] = yaml.load(text, yaml.BaseLoader)["decisions"]  # noqa: S506
    answers = [
        one | {"answer": "union", "by": "Lena", "at": "2026-03-01"}
        for one in asked
        if one["scope"] == SAM
    ]
    path = provider.folder / "decided.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "decisions": answers}), encoding="utf-8")
    return path


def test_a_plan_made_with_decisions_is_applied_with_them(provider: Provider, signed: Path) -> None:
    out = str(provider.folder / "out")
    provider.syncd("plan", "--out", out, "--decisions", str(signed))

    without = provider.syncd("apply", out)
    assert without.code == 3
    assert "was made with decisions other than those given now:" in without.said
    assert f"other: {SAM} (+ new, hold review:twin_logins_overlap)" in without.said
    assert "has changed" not in without.said
    assert not provider.writes

    provider.syncd("apply", out, "--decisions", str(signed))
    assert "sam@archer.example" in {to for to, _ in provider.mails}


def test_what_has_nothing_to_do_with_decisions_is_still_what_moved(
    provider: Provider, signed: Path
) -> None:
    out = str(provider.folder / "out")
    provider.syncd("plan", "--out", out, "--decisions", str(signed))
    provider.legacy.leave(111)
    provider.back_up()
    done = provider.syncd("apply", out, "--decisions", str(signed))
    assert done.code == 3
    assert "source or target has changed" in done.said


def test_a_union_is_certified_until_its_rows_change(provider: Provider, signed: Path) -> None:
    provider.configure(decisions=str(signed))
    provider.sync_here()
    provider.tell("invites/accept-all")
    assert provider.syncd("verify").code == 0

    provider.legacy.row(171)["permissions"] = "tickets,invoices,quotes"
    provider.back_up()
    assert provider.plan_here().undecided
    done = provider.syncd("verify")
    assert done.code == 3
    assert "legacy/17 sam@archer.example: invoices, orders" in done.out
