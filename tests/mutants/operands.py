"""Operands: a condition of SQL with one operand of its AND or OR left out, one after the other."""

import re
from collections.abc import Iterator

# Quoted strings, comments and numbered holes (see `queries`) are of one piece; so is what looks as
# if it began or ended a condition, but does not.
_TOKEN = re.compile(
    r"""
    '(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]*
    | IS\ (?:NOT\ )?DISTINCT\ FROM\b | \bOR\ (?:REPLACE|IGNORE)\b | \blambda\ \w+:
    | [\w$.]+ | \S
    """,
    re.VERBOSE,
)
_OPENING, _CLOSING = {"(", "[", "CASE"}, {")", "]", "END"}
_BOUNDARY = {
    "SELECT", "DISTINCT", "FROM", "WHERE", "ON", "HAVING", "QUALIFY", "GROUP", "ORDER", "LIMIT",
    "UNION", "EXCEPT", "INTERSECT", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "SEMI", "ANTI",
    "JOIN", "USING", "WHEN", "THEN", "ELSE", "AS", "SET", "VALUES", "ASC", "DESC", "RETURNING",
    ",", ";",
}  # fmt: skip
_PARAMETER = re.compile(r"\?|\$\w+")
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_GOES_ON = ("=", "<", ">", "|")  # in text that Python adds
_LONGEST = 70
_Span = tuple[int, int]


class _Condition:
    """Parts of OR, each of them parts of AND, each of them a span of the text."""

    def __init__(self) -> None:
        self._parts: list[list[_Span | None]] = [[None]]
        self._between = False

    def take(self, word: str, start: int, end: int) -> None:
        if word == "OR":
            self._parts.append([None])
        elif word == "AND" and not self._between:
            self._parts[-1].append(None)
        else:
            self._between = word == "BETWEEN" or (self._between and word != "AND")
            self.grow(start, end)

    def grow(self, start: int, end: int) -> None:
        begun = self._parts[-1][-1]
        self._parts[-1][-1] = (begun[0] if begun else start, end)

    def lists(self) -> Iterator[tuple[str, list[_Span]]]:
        """Yield lists of operands that one word stands between."""
        chains = [[span for span in chain if span] for chain in self._parts]
        yield "OR", [(chain[0][0], chain[-1][1]) for chain in chains if chain]
        for chain in chains:
            yield "AND", chain


def without_operands(text: str) -> Iterator[tuple[str, str]]:
    """Yield what is left out, and the text without it, in the order of the text."""
    operands = [
        (spans[index], joiner, spans, index)
        for condition in _conditions(text)
        for joiner, spans in condition.lists()
        if len(spans) > 1
        for index, (start, end) in enumerate(spans)
        if not text[start:end].endswith(_GOES_ON)
    ]
    for (start, end), joiner, spans, index in sorted(operands, key=lambda operand: operand[0]):
        words = " ".join(text[start:end].split())
        shown = words if len(words) <= _LONGEST else f"{words[:_LONGEST]}..."
        yield f"{joiner} without {shown}", _without(text, joiner, spans, index)


def _without(text: str, joiner: str, spans: list[_Span], index: int) -> str:
    start, end = spans[index]
    operand = text[start:end]
    if _PARAMETER.search(_QUOTED.sub("", operand)):  # a statement must use what it is given
        idle = "OR TRUE" if joiner == "AND" else "AND FALSE"
        return f"{text[:start]}(({operand}) {idle}){text[end:]}"
    if index + 1 < len(spans):
        return text[:start] + text[spans[index + 1][0] :]
    return text[: spans[index - 1][1]] + text[end:]


def _conditions(text: str) -> list[_Condition]:
    """Give every condition of a text; one in parentheses is also part of the one around it."""
    around = [_Condition()]
    conditions = list(around)
    for fit in _TOKEN.finditer(text):
        word = fit[0]
        if word.startswith("--"):
            continue
        if word in _OPENING:
            around[-1].grow(fit.start(), fit.end())
            around.append(_Condition())
        elif word in _CLOSING and len(around) > 1:
            around.pop()
            around[-1].grow(fit.start(), fit.end())
            continue
        elif word in _BOUNDARY or word.startswith("lambda "):
            around[-1] = _Condition()
        else:
            around[-1].take(word, fit.start(), fit.end())
            continue
        conditions.append(around[-1])
    return conditions
