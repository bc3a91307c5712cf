"""decisions.yaml: read what people decided.

A plan writes its open questions in the same format, as entries without an answer; such an entry
decides nothing. Documented in `docs/decisions.md`.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from syncd.config import document
from syncd.errors import ConfigError, DecisionsUnusable
from syncd.model.decision import Decision, Decisions, answers_to, is_answer
from syncd.model.text import trim

VERSION = "1"
_FIELDS = tuple(field.name for field in msgspec.structs.fields(Decision))


def load(path: Path | None) -> Decisions:
    """Read decisions; raises `DecisionsUnusable` with every problem, none of them applied."""
    if path is None:
        return Decisions()
    try:
        # Text, so that no fingerprint becomes a number.
        raw = document.texts(path.read_text(encoding="utf-8"), path)
    except OSError as error:
        raise DecisionsUnusable(path, [error.strerror or str(error)]) from error
    except UnicodeDecodeError as error:
        raise DecisionsUnusable(path, [f"not UTF-8: {error.reason}"]) from None
    except ConfigError as error:  # of YAML
        raise DecisionsUnusable(path, error.problems) from None
    entries = _entries(raw)
    problems = ["needs `version: 1` and a list `decisions`"] if entries is None else []
    decided: dict[tuple[str, str], Decision] = {}
    for number, entry in enumerate(entries or [], start=1):
        flaws = list(_problems(entry))
        if not flaws and entry.get("answer"):
            decision = Decision(**entry)
            if decided.setdefault((decision.on, decision.scope), decision) is not decision:
                flaws = [f"{decision.on} {decision.scope} is answered twice"]
        problems += [f"entry {number}: {problem}" for problem in flaws]
    if problems:
        raise DecisionsUnusable(path, problems)
    return Decisions(decided.values())


def is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _entries(raw: object) -> list[Any] | None:
    if not isinstance(raw, dict) or raw.get("version") != VERSION or len(raw) != 2:
        return None
    entries = raw.get("decisions")
    return entries if isinstance(entries, list) else [] if entries == "" else None


def _problems(entry: object) -> Iterator[str]:
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        yield f"must be a mapping of {', '.join(_FIELDS)}"
        return
    for stray in sorted(entry.keys() - set(_FIELDS)):
        yield f"{stray} is not a known key"
    if not entry.get("answer"):
        return
    for field in ("on", "scope", "by", "at", "made_on"):
        if not trim(entry.get(field, "")):
            yield f"{field} is required"
    if trim(entry.get("at", "")) and not is_date(trim(entry["at"])):
        yield f"at is {entry['at']!r}, not a date like 2026-03-01"
    on, answers = entry.get("on", ""), answers_to(entry.get("on", ""))
    if on and not answers:
        yield f"{on!r} is not a question that a decision can answer"
    elif on and not is_answer(on, entry["answer"]):
        yield f"answer {entry['answer']!r} is not one of {', '.join(answers)}"
