"""The closed list of statements that a dump may hold, by their heads, and what each is to us."""

from enum import Enum, auto
from typing import NamedTuple

import regex as re

from syncd.sources.tokens import FLAGS, GAP, HEAD_WITHIN, HEAD_WITHIN_BODY, NAME, SPACE


class Kind(Enum):
    INSERT = auto()
    CREATE = auto()  # a table
    DELIMITER = auto()
    SET = auto()
    USE = auto()
    ALTER = auto()  # a table
    CHANGE = auto()  # takes or changes rows, tables, databases
    OTHER = auto()  # means nothing to us


class Statement(NamedTuple):
    kind: Kind
    head: re.Match[str]
    within: re.Pattern[str]  # what must not be found in what follows


def statement_at(text: str, at: int) -> Statement | None:
    """Tell the statement that begins here, None where it is none that a dump may hold."""
    for kind, pattern, within in _HEADS:
        if head := pattern.match(text, at):
            return Statement(kind, head, within)
    return None


_TABLE = rf"(?:(?P<database>{NAME}){GAP}\.{GAP})?(?P<table>{NAME}){GAP}"
_USER = rf"(?:{NAME}|'[^']*+')"
_DEFINER = rf"DEFINER{GAP}={GAP}(?:CURRENT_USER(?:\(\))?|{_USER}(?:{GAP}@{GAP}{_USER})?)"
_BETWEEN = (
    rf"(?:(?:OR|REPLACE|AGGREGATE|UNIQUE|FULLTEXT|SPATIAL|ALGORITHM{GAP}={GAP}\w+"
    rf"|SQL{SPACE}SECURITY{SPACE}\w+|{_DEFINER}){SPACE})*+"
)
_SERVER = "USER|ROLE|SERVER|TABLESPACE|LOGFILE|SEQUENCE|INDEX|KEY"
_END = rf"(?={GAP}(?:[;$/|]|\Z))"


def _head(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, FLAGS)


_HEADS = (
    (
        Kind.INSERT,
        _head(
            rf"(?:INSERT|REPLACE)(?:{SPACE}(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE))*+"
            rf"(?:{SPACE}INTO(?![\w$]))?+{GAP}{_TABLE}"
            rf"(?P<partition>PARTITION{GAP}\([^()]*+\){GAP})?+"
            rf"(?P<columns>\({GAP}{NAME}{GAP}(?:,{GAP}{NAME}{GAP})*+\))?+{GAP}"
            r"(?:(?P<values>VALUES?+(?![\w$]))|(?P<other>SELECT|SET|WITH|TABLE|\())"
        ),
        HEAD_WITHIN,
    ),
    (
        Kind.CREATE,
        _head(
            rf"CREATE{SPACE}(?:OR{SPACE}REPLACE{SPACE})?+(?:TEMPORARY{SPACE})?+TABLE(?!\w){GAP}"
            rf"(?:IF{SPACE}NOT{SPACE}EXISTS{GAP})?+{_TABLE}(?:(?P<columns>(?=\())|(?P<other>\w++))"
        ),
        HEAD_WITHIN,
    ),
    (Kind.DELIMITER, _head(r"DELIMITER[ \t]++(\S++)[^\n]*+"), HEAD_WITHIN),
    (
        Kind.SET,
        _head(
            rf"SET{SPACE}(?:(?:SESSION|LOCAL|GLOBAL|PERSIST){SPACE})?+"
            rf"(?:NAMES|CHARACTER|CHARSET|TRANSACTION|STATEMENT|PASSWORD|ROLE|DEFAULT"
            rf"|@*+[\w.`]++{GAP}:?=)"
        ),
        HEAD_WITHIN,
    ),
    (Kind.USE, _head(rf"USE{GAP}({NAME}){_END}"), HEAD_WITHIN),
    (Kind.ALTER, _head(rf"ALTER{SPACE}(?:(?:ONLINE|IGNORE){SPACE})?+TABLE(?!\w)"), HEAD_WITHIN),
    (
        Kind.CHANGE,
        _head(
            rf"(?:UPDATE{SPACE}(?=[\w`\"])|DELETE{SPACE}(?:\w+{SPACE})*?FROM(?!\w)|TRUNCATE(?!\w)"
            rf"|RENAME{SPACE}TABLE|DROP{SPACE}(?:TEMPORARY{SPACE})?+(?:TABLES?|DATABASE|SCHEMA)(?!\w)"
            rf"|LOAD{SPACE}(?:DATA|XML)(?!\w))"
        ),
        _head(HEAD_WITHIN.pattern.replace(r"SET\s+[@\w]", r"SET\s+@")),
    ),
    (
        Kind.OTHER,
        _head(rf"CREATE{SPACE}{_BETWEEN}(?:TRIGGER|PROCEDURE|FUNCTION|EVENT|PACKAGE)(?!\w)"),
        HEAD_WITHIN_BODY,
    ),
    (
        Kind.OTHER,
        _head(
            rf"(?:CREATE{SPACE}{_BETWEEN}(?:DATABASE|SCHEMA|VIEW|{_SERVER})"
            rf"|DROP{SPACE}(?:VIEW|TRIGGER|PROCEDURE|FUNCTION|EVENT|PACKAGE|{_SERVER})"
            rf"|ALTER{SPACE}{_BETWEEN}(?:DATABASE|SCHEMA|VIEW|PROCEDURE|FUNCTION|EVENT|USER|SEQUENCE)"
            rf"|(?:LOCK|UNLOCK){SPACE}TABLES?|START{SPACE}(?:TRANSACTION|SLAVE|REPLICA)"
            rf"|STOP{SPACE}(?:SLAVE|REPLICA)|CHANGE{SPACE}(?:MASTER|REPLICATION){SPACE}"
            rf"|RESET{SPACE}(?:MASTER|SLAVE|REPLICA)|FLUSH{SPACE}\w|GRANT{SPACE}|REVOKE{SPACE}"
            rf"|(?:ANALYZE|OPTIMIZE|CHECK|REPAIR|CHECKSUM){SPACE}(?:\w+{SPACE})?TABLES?(?!\w)"
            rf"|INSTALL{SPACE}(?:PLUGIN|SONAME)|PREPARE{SPACE}\w+{SPACE}FROM|EXECUTE{SPACE}\w"
            rf"|DEALLOCATE{SPACE}PREPARE|SELECT(?!\w)|SHOW{SPACE}|DO{SPACE}"
            rf"|(?:RELEASE{SPACE})?SAVEPOINT{SPACE}"
            rf"|(?:BEGIN|COMMIT)(?:{SPACE}WORK)?{_END})"
        ),
        HEAD_WITHIN,
    ),
)

# A name in what `Scanner.pass_statement` gives, with its database where it says so.
_NAMES = re.compile(rf"(?<![\w`.])(?:(?P<database>{NAME})\s*+\.\s*+)?(?P<table>{NAME})", FLAGS)


def names_in(text: str) -> list[tuple[str | None, str]]:
    """Give every name in a statement, raw, and every word that could be one."""
    return [(name["database"], name["table"]) for name in _NAMES.finditer(text)]


_KEPT = re.compile(
    r"\s*+(?:(?:DISABLE|ENABLE)\s+KEYS|ADD\s+(?:PRIMARY|UNIQUE|KEY|INDEX|CONSTRAINT|FULLTEXT"
    r"|SPATIAL|FOREIGN|CHECK)(?!\w)|MODIFY\s.*\bAUTO_INCREMENT\b|AUTO_INCREMENT\b|ENGINE\b|COMMENT\b"
    r"|ROW_FORMAT\b|DROP\s+(?:PRIMARY|INDEX|KEY|FOREIGN|CONSTRAINT|CHECK)(?!\w)|ORDER\s+BY\b"
    r"|(?:DEFAULT\s+)?(?:CHARSET|CHARACTER\s+SET|COLLATE)\b)|\s*+\Z",
    FLAGS,
)
_QUOTED = re.compile(r"`(?:[^`]|``)*+`|\"[^\"]*+\"")
_NESTED = re.compile(r"\([^()]*+\)")


def keeps_rows(alteration: str) -> bool:
    """Say whether an ALTER TABLE, given behind the name, leaves rows and columns as they are."""
    flat = _QUOTED.sub("x", alteration)
    while (flatter := _NESTED.sub("", flat)) != flat:
        flat = flatter
    return all(_KEPT.match(clause) for clause in flat.replace("*/", "").split(","))


# --- within a statement ---

SELECT = re.compile(r"(?<![\w`])SELECT(?![\w`])", re.IGNORECASE | re.ASCII)
RENAMED = re.compile(r"(?<![\w`])(?:RENAME|EXCHANGE)(?![\w`])", re.IGNORECASE | re.ASCII)
DATABASE = re.compile(r"DROP\s+(?:DATABASE|SCHEMA)", re.IGNORECASE | re.ASCII)
ALTERED = re.compile(
    r"\s*(?:IF\s+EXISTS\s+)?(?:(?P<database>`[^`]+`|[\w$]+)\s*\.\s*)?"
    r"(?P<table>`(?:[^`]|``)+`|\"[^\"]+\"|[\w$\x80-\xff]+)",
    re.IGNORECASE | re.ASCII,
)


# --- lines before the first statement ---

# What may be a statement whose first word is damaged, or rows of one.
ROWS_IN = re.compile(
    r"\s*\(|\bVALUES?\b|\bINTO\s+[`\w]|\bTABLE\s+`|`tbl\w+`|;\s*\Z", re.IGNORECASE | re.ASCII
)
# Cells of a table in a text file.
CELLS = re.compile(r"[^,;\t]*+(?:,(?=\S)|;(?=\S)|\t)[^,;\t]*+(?:,(?=\S)|;(?=\S)|\t)", re.ASCII)
