"""One truth: a number in a plan's folder is the same wherever it stands, and that of the tables.

What is counted here is rows of the tables, which are written one by one; what is read is what a
person reads in the text, the page, the Markdown and the JSON of the report.
"""

import csv
import html
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

NUMBER = r"([0-9][0-9,]*)"
STATES = {
    "wider": "gain a right",
    "narrower": "lose a right",
    "waits": "held until a decision",
    "same": "keep the same rights",
}


def check(folder: Path) -> None:
    """Compare every number of the report with the tables beside it."""
    counted, read = _counted(folder), _read(folder)
    for where, numbers in read.items():
        expected = {name: counted[name] for name in numbers}
        assert numbers == expected, f"{where} says what the tables do not"
    _check_letters(folder)


# --- what the tables say ----------------------------------------------------------------------


def _counted(folder: Path) -> dict[str, int]:
    changes, findings = _rows(folder, "changes"), _rows(folder, "findings")
    verdicts = Counter(row["verdict"] for row in changes)
    states = Counter(row["state"] for row in _rows(folder, "access"))
    open_ones = Counter(row["severity"] for row in findings if not row["answer"])
    recipients = Counter(row["change"] for row in _rows(folder, "recipients"))
    mails = _rows(folder, "mails")
    asked = _asked(folder)
    assert len(asked) == len(_rows(folder, "questions"))
    return {
        "to decide": len(asked),
        "to correct": open_ones["block"],
        "to apply": verdicts["apply"],
        "held": verdicts["hold"],
        "mails": len(mails),
        "mailed people": len({row["email"] for row in mails}),
        "tasks": len(_rows(folder, "worksheet")),
        "recipients": recipients.total(),
        "members": sum(number for state, number in states.items() if state != "owner"),
        "excluded": states["excluded"],
        **{state: states[state] for state in STATES},
    }


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _asked(folder: Path) -> list[Any]:
    text = (folder / "decisions.yaml").read_text(encoding="utf-8")
    entries = yaml.load(text, yaml.BaseLoader)["decisions"]  # noqa: S506, every scalar a text
    return [each for each in entries or [] if not each["answer"]]


# --- what people read -------------------------------------------------------------------------


def _read(folder: Path) -> dict[str, dict[str, int]]:
    page = (folder / "report.html").read_text(encoding="utf-8")
    texts = {
        name: (folder / f"report.{name}").read_text(encoding="utf-8") for name in ("txt", "md")
    }
    shown = {"html": _flat(re.sub(r"<[^>]+>", " ", page.partition("</style>")[2]))}
    shown |= {name: _flat(text) for name, text in texts.items()}
    facts = json.loads((folder / "report.json").read_bytes())["facts"]
    manifest = json.loads((folder / "plan.json").read_bytes())
    return {
        "tiles of the page": _tiles(page),
        "sign-off": _signed(shown["html"]),
        "plan.json": {"to apply": manifest["writes"], "held": manifest["holds"]},
        "report.json": _facts(facts),
    } | {f"report.{name}": _sentences(text) for name, text in shown.items()}


def _flat(text: str) -> str:
    return " ".join(html.unescape(text).replace("**", "").replace("`", "").split())


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def _tiles(page: str) -> dict[str, int]:
    tiles = dict(re.findall(r"<dt>([^<]+)</dt><dd>([0-9,]+)</dd>", page))
    names = {said: state for state, said in STATES.items()} | {"invitations by mail": "mails"}
    assert names.keys() <= tiles.keys()
    return {name: _number(tiles[said]) for said, name in names.items()}


def _signed(page: str) -> dict[str, int]:
    said = page.rpartition("Not signed")[2]
    pattern = rf"{NUMBER} changes? to apply, {NUMBER} held, {NUMBER} invitations? by mail"
    numbers = re.search(pattern, said)
    assert numbers is not None
    signed = dict(zip(("to apply", "held", "mails"), map(_number, numbers.groups()), strict=True))
    return signed | _still_open(said)


def _facts(facts: dict[str, Any]) -> dict[str, int]:
    verdicts: Counter[str] = Counter()
    for change in facts["changes"]:
        verdicts[change["verdict"]] += change["count"]
    assert sum(rule["count"] for rule in facts["held"]) == verdicts["hold"]
    contacts = facts["contacts"]
    return {
        "to apply": verdicts["apply"],
        "held": verdicts["hold"],
        "mails": facts["mails"],
        "mailed people": facts["mailed_people"],
        "tasks": contacts["by_hand"],
        "recipients": contacts["recipients_added"] + contacts["recipients_removed"],
        **{state: facts["logins"].get(state, 0) for state in (*STATES, "excluded")},
    }


# Sentences that stand in all three, where they stand at all; each is looked for in all of them.
_SENTENCES = {
    "members": rf"{NUMBER} sub-account logins? examined",
    "same": rf"{NUMBER} keeps? exactly the same rights,",
    "narrower": rf", {NUMBER} loses? a right,",
    "wider": rf", {NUMBER} gains? a right,",
    "waits": rf", {NUMBER} logins? (?:is|are) held,",
    "excluded": rf"held, {NUMBER} (?:is|are) left out",
    "recipients": rf"Mail recipients: {NUMBER} differences?",
    "mails": rf"Applying this plan sends {NUMBER} invitations?",
    "mailed people": rf"sends {NUMBER} invitations? to {NUMBER} (?:person|people)",
    "tasks": rf"Do by hand the {NUMBER} tasks?",
    "to decide": rf"Answer {NUMBER} open questions?",
    "to correct": rf"Correct {NUMBER} blocked rows?",
}
_NOTHING = {"recipients": "No address gets different mail", "mails": "sends no mail"}


def _sentences(text: str) -> dict[str, int]:
    numbers = _still_open(text)
    for name, pattern in _SENTENCES.items():
        values = {_number(match.groups()[-1]) for match in re.finditer(pattern, text)}
        values |= {0} if name in _NOTHING and _NOTHING[name] in text else set()
        values |= {numbers[name]} if name in numbers else set()
        assert len(values) <= 1, f"{name}: {values}"
        if values:
            numbers[name] = values.pop()
    assert {"members", "narrower", "waits", "mails"} <= numbers.keys()
    return numbers


def _still_open(text: str) -> dict[str, int]:
    """Read the headline: what is to decide and to correct, or that nothing is, and what is held."""
    numbers = re.search(rf"{NUMBER} to decide, {NUMBER} to correct", text)
    if numbers is not None:
        return dict(zip(("to decide", "to correct"), map(_number, numbers.groups()), strict=True))
    held = re.search(rf"nothing to decide, {NUMBER} held", text, re.IGNORECASE)
    nothing = re.search("nothing open", text, re.IGNORECASE)
    assert held or nothing, text[:300]
    return {"to decide": 0, "to correct": 0, "held": _number(held[1]) if held else 0}


# --- letters of the matrix --------------------------------------------------------------------


def _check_letters(folder: Path) -> None:
    """Where nobody loses a right, no letter may say that somebody does; nor gains."""
    page = (folder / "report.html").read_text(encoding="utf-8")
    matrix = page[page.index('<table class="matrix">') :].partition("</table>")[0]
    states = {row["state"] for row in _rows(folder, "access")}
    for word, state in (("lost", "narrower"), ("gained", "wider")):
        assert (f'class="m {word}"' in matrix) <= (state in states), word
