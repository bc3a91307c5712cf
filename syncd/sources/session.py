"""What the statements of a dump set for those behind them: database, character set, escapes."""

import regex as re

from syncd.sources.tokens import FLAGS


class Session:
    """The state of the connection that would load the dump.

    `charset` is that of the texts, "" where nothing names one; `escapes` is off under
    NO_BACKSLASH_ESCAPES.
    """

    def __init__(self) -> None:
        self.database = ""
        self.charset = ""
        self.escapes = True
        self._saved: dict[str, tuple[str, bool]] = {}

    def set(self, statement: str) -> None:
        """Obey a SET, as far as it concerns how what follows is read."""
        if names := _NAMES.match(statement):
            self.charset = names[1].lower()
            return
        for assigned in _ASSIGNED.finditer(statement):
            name, value = assigned["name"].lower(), assigned["value"].strip()
            if name.startswith("@") and not name.startswith("@@"):
                self._saved[name] = (self.charset, self.escapes)
            elif name.endswith("sql_mode"):
                self.escapes = self._mode(value)
            elif name.endswith("character_set_client"):
                self.charset = self._client(value)

    def _mode(self, value: str) -> bool:
        if "no_backslash_escapes" in value.lower():
            return False
        if saved := self._recalled(value):
            return saved[1]
        return self.escapes if "@@" in value else True

    def _client(self, value: str) -> str:
        if saved := self._recalled(value):
            return saved[0]
        return self.charset if "@@" in value else value.strip("'\" */").lower()

    def _recalled(self, value: str) -> tuple[str, bool] | None:
        variable = _VARIABLE.search(value)
        return self._saved.get(variable[0].lower()) if variable else None


# A character set in so many words, with or without quotes.
_NAMES = re.compile(r"SET\s++(?:NAMES|CHARACTER\s++SET|CHARSET)\s++['\"]?(\w++)", FLAGS)
_ASSIGNED = re.compile(
    r"(?:\bSET\s++|,\s*+)(?:(?:SESSION|LOCAL)\s++)?+(?P<name>@{0,2}[\w.]++)\s*+:?=\s*+"
    r"(?P<value>(?:'[^']*+'|\"[^\"]*+\"|\((?:[^()']|'[^']*+')*+\)|[^,;'\"()])*+)",
    FLAGS,
)
_VARIABLE = re.compile(r"(?<![@\w])@\w+", FLAGS)
