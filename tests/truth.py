"""One truth: every number of a plan's papers, wherever it stands, and what contradicts itself.

Read from the files alone, as the people who get them read them.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import yaml

Numbers = dict[str, int]  # place -> number


class Words(HTMLParser):
    """The words of a page, and the letters of each row of its matrix."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._within: list[str] = []
        self.text = ""
        self.rows: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within.append(tag)
        self.text += " "
        if tag == "tr":
            self.rows.append("")

    def handle_endtag(self, tag: str) -> None:
        while self._within and self._within.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self._within):
            self.text += data
            if self._within[-2:] == ["td", "b"]:
                self.rows[-1] += data

    @property
    def said(self) -> str:
        return " ".join(self.text.split())


class Papers:
    """The papers of one plan."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        self.facts = self.report["facts"]
        self.manifest = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        self.text = (folder / "report.txt").read_text(encoding="utf-8")
        self.markdown = (folder / "report.md").read_text(encoding="utf-8")
        self.page = Words((folder / "report.html").read_text(encoding="utf-8"))
        asked = yaml.safe_load((folder / "decisions.yaml").read_text(encoding="utf-8"))
        self.asked = [each for each in asked["decisions"] or [] if not each["answer"]]

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self._folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def number(self, place: str, pattern: str) -> Numbers:
        """Give the number that the first words like these hold; nothing where they are missing."""
        whole = {
            "report.txt": " ".join(self.text.split()),
            "report.md": self.markdown,
            "report.html": self.page.said,
        }
        match = re.search(pattern, whole[place])
        return {f"{place}: {match[0]}": int(match[1].replace(",", ""))} if match else {}


def contradictions(folder: Path) -> list[str]:
    """Name every number that differs between two places, and every sentence that is not so."""
    papers = Papers(folder)
    numbers = _all_numbers(papers)
    differing = [f"{name}: {places}" for name, places in numbers.items() if _differ(places)]
    return [*differing, *_untrue(papers), *_idle_advice(papers)]


def _differ(places: Numbers) -> bool:
    assert len(places) > 1, places  # or the words that were looked for are no longer said
    return len(set(places.values())) > 1


def _all_numbers(papers: Papers) -> dict[str, Numbers]:
    states = Counter(row["state"] for row in papers.rows("access"))
    recipients = Counter(row["change"] for row in papers.rows("recipients"))
    return {
        "members": {
            "access.csv": sum(number for state, number in states.items() if state != "owner"),
            **papers.number("report.txt", rf"{_N} sub-account logins? examined"),
            **papers.number("report.html", rf"{_N} sub-account logins? examined"),
            **papers.number("report.md", rf"{_N} sub-account logins? examined"),
        },
        "left out": {
            "access.csv": states["excluded"],
            "report.json": papers.facts["logins"].get("excluded", 0),
            **papers.number("report.txt", rf"held, {_N} (?:is|are) left out"),
            **papers.number("report.html", rf"{_N} logins? (?:is|are) left out"),
        },
        "mail that differs": {
            "recipients.csv": recipients.total(),
            "report.json, added and removed": papers.facts["contacts"]["recipients_added"]
            + papers.facts["contacts"]["recipients_removed"],
            "rows of the page": len(papers.facts["contacts"]["recipient_sample"]),
            **papers.number("report.txt", rf"Mail recipients: {_N} difference"),
            **papers.number("report.html", rf"Mail recipients: {_N} difference"),
        },
        "mailed people": {
            "mails.csv": len({row["email"] for row in papers.rows("mails")}),
            "report.json": papers.facts["mailed_people"],
            **papers.number("report.txt", rf"invitations? to {_N} (?:person|people)"),
            **papers.number("report.html", rf"mailed to {_N} (?:person|people)"),
        },
        "to decide": _to_decide(papers),
        "to correct": _to_correct(papers),
        **_changes(papers),
        **_access(papers, states),
        "mails": {
            "mails.csv": len(papers.rows("mails")),
            "report.json": papers.facts["mails"],
            "waves": papers.facts["waves"]["invitations"]["now"],
            **papers.number("report.html", rf"invitations by mail, now {_N}"),
            **papers.number("report.html", rf"{_N} invitations? by mail\. A signature"),
            **papers.number("report.txt", rf"sends {_N} invitations? to"),
        },
        "left for later waves": {
            "changes.csv": sum(
                row["rule"] in ("wave", "silent-wave") for row in papers.rows("changes")
            ),
            "report.json": sum(
                papers.facts["waves"][kind]["later"] for kind in ("invitations", "silent")
            ),
            **papers.number("report.html", rf"left for later waves {_N}"),
        },
        "by hand": {
            "worksheet.csv": len(papers.rows("worksheet")),
            "report.json": papers.facts["contacts"]["by_hand"],
            "rows of the page": min(len(papers.facts["contacts"]["task_sample"]), 200),
            **papers.number("report.html", rf"{_N} tasks? that the target's API cannot do\. The"),
            **papers.number("report.html", rf"{_N} tasks? (?:is|are) left to staff"),
            **papers.number("report.txt", rf"Do by hand the {_N} task"),
        },
        "contacts": {
            "sources": sum(each["contacts"] for each in papers.facts["header"]["sources"]),
            "plan.json": papers.manifest["contacts"],
            "dispositions": sum(papers.facts["counts"]["dispositions"].values()),
            **papers.number("report.txt", rf"{_N} contacts? = "),
            **papers.number("report.html", rf"{_N} legacy contacts? of"),
            **papers.number("report.md", rf"{_N} contacts? = "),
        },
    }


_N = r"(\d[\d,]*)"


def _to_decide(papers: Papers) -> Numbers:
    places = {
        "decisions.yaml": len(papers.asked),
        "questions.csv": len(papers.rows("questions")),
        "report.json": sum(papers.facts["questions"]["numbers"].values()),
    }
    for place in ("report.txt", "report.md", "report.html"):
        places |= papers.number(place, rf"{_N} to decide, \d")
    places |= papers.number("report.txt", rf"Answer {_N} open question")
    places |= papers.number("report.html", rf"{_N} questions? (?:is|are) left to a person")
    table = re.findall(r"\((review|block)\) \| .*\| ([\d,]+) \|$", papers.markdown, re.MULTILINE)
    if 0 < len(table) < 10:
        asked = [number for severity, number in table if severity == "review"]
        places["rows of report.md"] = sum(int(number.replace(",", "")) for number in asked)
    return places


def _to_correct(papers: Papers) -> Numbers:
    findings = papers.rows("findings")
    places = {
        "findings.csv": sum(row["severity"] == "block" for row in findings),
        "report.json": sum(
            each["count"] for each in papers.facts["findings"] if each["severity"] == "block"
        ),
        "list of report.json": sum(
            each["severity"] == "block" for each in papers.report["findings"]
        ),
    }
    for place in ("report.txt", "report.md", "report.html"):
        places |= papers.number(place, rf"\d to decide, {_N} to correct")
    places |= papers.number("report.txt", rf"Correct {_N} blocked row")
    return places | papers.number("report.html", rf"{_N} rows? (?:is|are) left to be corrected")


def _changes(papers: Papers) -> dict[str, Numbers]:
    verdicts = Counter(row["verdict"] for row in papers.rows("changes"))
    sums: Counter[str] = Counter()
    for each in papers.facts["changes"]:
        sums[each["verdict"]] += each["count"]
    signed = rf"{_N} changes? to apply, \d"
    return {
        "to apply": {
            "plan.json": papers.manifest["writes"],
            "changes.csv": verdicts["apply"],
            "report.json": sums["apply"],
            **papers.number("report.html", signed),
            **papers.number("report.txt", rf"apply exactly these {_N} change"),
        },
        "held": {
            "plan.json": papers.manifest["holds"],
            "changes.csv": verdicts["hold"],
            "report.json": sums["hold"],
            "rules": sum(each["count"] for each in papers.facts["held"]),
            **papers.number("report.html", rf"\d changes? to apply, {_N} held"),
            **papers.number("report.html", rf"{_N} changes? (?:is|are) held\. A held"),
        },
    }


def _access(papers: Papers, states: Counter[str]) -> dict[str, Numbers]:
    rows = papers.rows("access")
    numbers: dict[str, Numbers] = {}
    tiles = {
        "wider": "gain a right",
        "waits": "held until a decision",
        "same": "keep the same rights",
    }
    letters = {"wider": "G", "narrower": "L"}
    for state in ("wider", "waits", "same", "narrower"):
        of_state = states[state]
        if state == "narrower":
            of_state = sum(bool(row["lost"]) for row in rows)
        words = tiles.get(state, "lose a right")
        numbers[state] = {
            "access.csv": of_state,
            "matrix": sum(each["access"]["state"] == state for each in papers.facts["matrix"]),
            **papers.number("report.html", rf"{words} {_N}"),
            **papers.number("report.txt", _SENTENCES[state]),
        }
        if letter := letters.get(state):
            numbers[state]["letters"] = sum(letter in row for row in papers.page.rows)
    numbers["logins"] = {
        "access.csv": len(rows),
        "report.json": sum(papers.facts["logins"].values()),
        "matrix": len(papers.facts["matrix"]),
        **papers.number("report.html", rf"These are all {_N} login"),
    }
    return numbers


_SENTENCES = {
    "wider": rf"{_N} gains? a right",
    "narrower": rf"{_N} loses? a right",
    "waits": rf"{_N} logins? (?:is|are) held",
    "same": rf"{_N} keeps? exactly the same rights",
}


def _untrue(papers: Papers) -> Iterator[str]:
    """Yield the sentences that say nothing is so and so, and are not true; or true and not said."""
    writes, holds = papers.manifest["writes"], papers.manifest["holds"]
    tasks = len(papers.rows("worksheet"))
    open_ = len(papers.asked) + sum(r["severity"] == "block" for r in papers.rows("findings"))
    claims = {
        "No question is open.": not open_,
        "Nothing is held. ": not holds,
        "Nothing has to be done by hand.": not tasks,
        "Nothing: no change is to be applied.": not writes and not papers.facts["refusals"],
        "the target is as it should be": not (writes or holds or tasks),
        "Nobody gains a right.": not papers.facts["logins"].get("wider"),
        "Nobody loses a right.": not papers.facts["losing"],
        "nothing open": not (open_ or holds or tasks),
    }
    if (open_ or holds) and "Nothing is held and no" in papers.page.said + papers.text:
        yield f"nothing is held or open, it says, beside {open_} open and {holds} held"
    if not writes and "What is certain can be applied" in papers.page.said + papers.text:
        yield "something can be applied, it says, and no change is to be applied"
    for claim, is_so in claims.items():
        if (claim in papers.page.said) != is_so:
            yield f"{claim!r} is {'' if claim in papers.page.said else 'not '}said"


def _idle_advice(papers: Papers) -> Iterator[str]:
    """Yield the findings that say nothing is to be done where the worksheet has a task for it."""
    tasks: list[dict[str, Any]] = papers.rows("worksheet")
    for finding in papers.rows("findings"):
        if not finding["advice"].startswith("Nothing to do"):
            continue
        for task in tasks:
            about = finding["contact_id"] or finding["email"]
            same = about in task["who"] if about else "(" not in task["who"]
            if task["account"] == finding["account"] and same:
                yield f"nothing to do ({finding['code']}) beside {task['task']!r}"
