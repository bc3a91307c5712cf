"""`syncd ownership` by the command line, beside runs against the sandbox."""

import json
import stat
from typing import Any

import pytest
from provider import Done, Provider, findings

from syncd.model.suppression import suppression

ALMA, DANA = "alma@archer.example", "dana@dean.example"
ACME = "legacy/17"


def ask(provider: Provider, **more: str) -> Done:
    said = {"from": ALMA, "to": DANA, "ticket": "4711", "by": "Lena"} | more
    options = [word for name, value in said.items() if value for word in (f"--{name}", value)]
    return provider.syncd("ownership", "request", *options)


def confirm(provider: Provider, side: str, by: str = "Lena") -> Done:
    return provider.syncd("ownership", "confirm", f"{ACME} ", "--of", side, "--by", by)


def listed(provider: Provider, *more: str) -> list[dict[str, Any]]:
    done = provider.syncd("ownership", "list", "--json", *more)
    assert done.code == 0, done
    return list(json.loads(done.out)["requests"])


def client_id(provider: Provider) -> int:
    clients = provider.get("state")["clients"]
    return next(int(row["id"]) for row in clients if row["email"] == ALMA)


def test_from_the_ticket_until_the_target_shows_the_new_owner(settled: Provider) -> None:
    settled.plan_here()
    done = ask(settled)
    assert done.code == 0, done
    assert f"request 1 on {ACME} (client {client_id(settled)}): {ALMA} asks for {DANA}" in done.out
    assert "Owners are as the target was observed 0 min ago." in done.out
    assert "Next: Ask the present owner and the new owner to confirm" in done.out
    assert ask(settled).code == 2  # one stands already

    assert confirm(settled, "owner").code == 0
    twice = confirm(settled, "owner")
    assert (twice.code, "has confirmed request 1 already" in twice.said) == (2, True)
    last = confirm(settled, "new-owner", "Otto")
    assert f"Next: Make {DANA} the owner (Users tab > Make Owner)." in last.out
    (request,) = listed(settled)
    assert (request["owner_confirmed_by"], request["new_owner_confirmed_by"]) == ("Lena", "Otto")
    assert (request["missing"], request["next"]["where"]) == ([], "Users tab > Make Owner")
    assert "Ownership requests: 1 open." in settled.syncd("status").out

    before = settled.writes
    settled.sync_here()
    assert settled.writes == before
    sheet = (settled.plans[-1] / "worksheet.csv").read_text(encoding="utf-8")
    assert f"Make {DANA} the owner" in sheet

    settled.tell("members", client_id=client_id(settled), email=DANA, owner=True)
    settled.plan_here()  # a dry run sees it as well
    (finding,) = (one for one in findings(settled.plans[-1]) if one["code"] == "owner_changed")
    assert "ownership request 1 of" in finding["detail"]
    questions = (settled.plans[-1] / "decisions.yaml").read_text(encoding="utf-8")
    assert "ticket 4711, confirmed by both" in questions
    assert listed(settled) == []
    (over,) = listed(settled, "--all")
    assert (over["state"], over["owner"]) == ("done", DANA)
    assert "Ownership requests" not in settled.syncd("status").out
    settled.plan_here()
    assert listed(settled, "--all") == [over]
    assert settled.writes == before


def test_what_cannot_be_recorded_ends_with_2_and_says_what_to_do(settled: Provider) -> None:
    (settled.state / "observed.parquet").unlink(missing_ok=True)
    early = ask(settled)
    assert early.code == 2, early
    assert "no run has observed the target yet" in early.said
    assert "Run `syncd plan`" in early.said
    settled.plan_here()
    left = settled.folder / "suppressed.txt"
    left.write_text(f"{suppression('erased@dean.example')}\n", encoding="utf-8")
    settled.configure(policy={"suppressed": str(left)})

    for more, clue in (
        ({"to": "dana@"}, "'dana@' is no e-mail address"),
        ({"from": "nobody"}, "'nobody' is no e-mail address"),
        ({"to": "erased@dean.example"}, "the address is on the suppression list"),
        ({"ticket": " "}, "--ticket"),
        ({"by": "Lena\nOtto"}, "--by"),
        ({"by": ""}, "--by"),
        ({"to": ALMA}, "named as present and as new owner"),
        ({"from": DANA, "to": ALMA}, f"{DANA} owned no account"),
        ({"account": "legacy/99"}, "had no account legacy/99"),
        ({"account": "legacy/18"}, f"{ALMA} did not own legacy/18"),
    ):
        done = ask(settled, **more)
        assert done.code == 2, (more, done)
        assert clue in " ".join(done.said.split()), (more, done)
    for words in (
        ("confirm", ACME, "--of", "owner", "--by", "Lena"),
        ("reject", ACME, "--by", "Lena", "--because", "no"),
    ):
        done = settled.syncd("ownership", *words)
        assert done.code == 2, done
        assert f"no request stands on {ACME}" in done.said
    assert listed(settled, "--all") == []
    assert settled.syncd("ownership", "list").out == "No ownership request stands.\n"


def test_a_rejected_one_is_kept_with_its_reason(settled: Provider) -> None:
    settled.plan_here()
    assert ask(settled, to="new@dean.example").code == 0
    shown = settled.syncd("ownership", "list").out
    assert "new@dean.example is neither a user of the target nor invited" in shown
    assert "present owner: not confirmed" in shown
    assert settled.syncd("ownership", "reject", ACME, "--by", "Lena").code == 2
    why = "the mail did not come from Alma"
    done = settled.syncd("ownership", "reject", f" {ACME} ", "--by", "Lena", "--because", why)
    assert done.code == 0, done
    assert done.out.count("ejected") == 1
    assert f"rejected by Lena: {why}" in settled.syncd("ownership", "list", "--all").out
    assert ask(settled).code == 0
    assert [one["number"] for one in listed(settled, "--all")] == [1, 2]


def test_what_is_kept_of_an_observation_is_for_its_owner_alone(settled: Provider) -> None:
    assert settled.syncd("plan").code in {0, 5}

    assert stat.S_IMODE((settled.state / "observed.parquet").stat().st_mode) == 0o600


@pytest.mark.parametrize("side", ["nobody", ""])
def test_who_confirms_is_one_of_two(side: str, settled: Provider) -> None:
    assert confirm(settled, side).code == 2
