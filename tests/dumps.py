"""Writes SQL dumps in the many manners of those who write them. Shares nothing with what reads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What every WHMCS has, and what decides on access and mail: here nobody has any.
ACTIVE = {"status": "Active"}
MAILS = ("general", "product", "domain", "invoice", "support", "affiliate")
OFF = {"subaccount": 0, "permissions": ""} | {f"{mail}emails": 0 for mail in MAILS}

Value = Any  # text, bytes, int or None
Tables = Mapping[str, Sequence[Mapping[str, Value]]]

BACKSLASH = {
    "\\": "\\\\", "'": "\\'", '"': '\\"', "\0": "\\0", "\n": "\\n", "\r": "\\r", "\x1a": "\\Z",
}  # fmt: skip
SPARSE = {"\\": "\\\\", "'": "''"}


@dataclass(frozen=True)
class Style:
    """A manner of writing; as it stands, that of mysqldump."""

    header: str = "-- MySQL dump 10.13  Distrib 5.7.31, for Linux (x86_64)\n--\n"
    footer: str = "-- Dump completed on 2020-03-04  5:06:07\n"
    preamble: str = "/*!40101 SET NAMES utf8mb4 */;\n"
    insert: str = "INSERT INTO"
    name: str = "`{}`"
    quote: str = "'"
    escapes: Mapping[str, str] | None = None
    create: bool = True
    named_columns: bool = False
    extended: bool = True
    hexadecimal: bool = False
    comma: str = ","
    newline: str = "\n"
    charset: str = "utf-8"


MYSQLDUMP = Style()
ONE_BY_ONE = Style(extended=False)
NAMED = Style(named_columns=True)
NO_CREATE = Style(named_columns=True, create=False)
HEX = Style(hexadecimal=True)
WINDOWS = Style(newline="\r\n", comma=",\r\n")
# What a PHP script writes: no comments, one row at a time, quotes doubled.
PHP = Style(header="", footer="", preamble="", extended=False, escapes=SPARSE)
PHPMYADMIN = Style(
    header='-- phpMyAdmin SQL Dump\nSTART TRANSACTION;\nSET time_zone = "+00:00";\n',
    footer="COMMIT;\n",
    named_columns=True,
    escapes={**SPARSE, "\n": "\\n"},
    comma=", ",
)
SPOKEN = Style(insert="REPLACE", name="{}", quote='"', comma=" ,\n\t")
IGNORING = Style(insert="INSERT  IGNORE INTO", preamble="SET NAMES 'utf8mb4';\n")
STYLES = {
    "mysqldump": MYSQLDUMP,
    "one-by-one": ONE_BY_ONE,
    "named": NAMED,
    "no-create": NO_CREATE,
    "hex": HEX,
    "windows": WINDOWS,
    "php": PHP,
    "phpmyadmin": PHPMYADMIN,
    "spoken": SPOKEN,
    "ignoring": IGNORING,
}


def write_dump(
    tables: Tables, style: Style = MYSQLDUMP, columns: Mapping[str, Sequence[str]] | None = None
) -> bytes:
    """Write tables of rows; `columns` names those of tables without rows."""
    parts = [style.header, style.preamble]
    for table, rows in tables.items():
        names = list(rows[0]) if rows else list((columns or {})[table])
        if style.create:
            parts.append(_create(table, names, style))
        parts.extend(_inserts(table, names, rows, style))
    text = "".join([*parts, style.footer]).replace("\n", style.newline)
    return text.encode(style.charset, "surrogateescape")


def literal(value: Value, style: Style = MYSQLDUMP) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    raw = value if isinstance(value, bytes) else value.encode(style.charset, "surrogateescape")
    if style.hexadecimal and raw:
        return f"0x{raw.hex().upper()}"
    escapes = BACKSLASH if style.escapes is None else style.escapes
    text = raw.decode(style.charset, "surrogateescape")
    return style.quote + "".join(escapes.get(char, char) for char in text) + style.quote


def _create(table: str, columns: Iterable[str], style: Style) -> str:
    lines = [
        f"  {style.name.format(column)} text DEFAULT 'a,b)' COMMENT 'it''s'," for column in columns
    ]
    body = "\n".join(lines)
    key = style.name.format("id")
    head = f"CREATE TABLE {style.name.format(table)}"
    return f"{head} (\n{body}\n  PRIMARY KEY ({key})\n) ENGINE=InnoDB;\n"


def _inserts(
    table: str, columns: Sequence[str], rows: Sequence[Mapping[str, Value]], style: Style
) -> Iterable[str]:
    names = ", ".join(style.name.format(column) for column in columns)
    head = f"{style.insert} {style.name.format(table)} "
    head += f"({names}) VALUES\n" if style.named_columns else "VALUES "
    tuples = [
        f"({style.comma.join(literal(row[column], style) for column in columns)})" for row in rows
    ]
    groups = [tuples] if style.extended else [[one] for one in tuples]
    return [f"{head}{style.comma.join(group)};\n" for group in groups if group]
