"""Columns as the tables of WHMCS have them, each kind by one word.

Text, not a date type, carries dates on SQLite, because zero dates (`0000-00-00 00:00:00`) are
ordinary values here. On MariaDB they are timestamps, as the migrations of the framework that 8.x
is built on make them.
"""

from typing import Any

from sqlalchemy import Column, Dialect, Index, Integer, MetaData, String, Table, Text
from sqlalchemy.dialects.mysql import TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine


class Moment(TypeDecorator[str]):
    """A date and time as WHMCS prints it: `2026-03-01 09:30:00`, UTC, whole seconds."""

    impl = String(19)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(
            TIMESTAMP() if dialect.name in {"mysql", "mariadb"} else String(19)
        )

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else str(value)


def identity() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def texts(*names: str) -> list[Column[str]]:
    return [Column(name, Text, nullable=False, server_default="") for name in names]


def varchars(length: int, *names: str) -> list[Column[str]]:
    return [Column(name, String(length), nullable=False, server_default="") for name in names]


def ints(*names: str, default: int = 0) -> list[Column[int]]:
    return [Column(name, Integer, nullable=False, server_default=str(default)) for name in names]


def moments(*names: str) -> list[Column[str]]:
    return [Column(name, Moment, nullable=True) for name in names]


def table(name: str, metadata: MetaData, *columns: Any) -> Table:
    # MySQL never hands out the id of a deleted row again; SQLite needs to be told.
    return Table(name, metadata, *columns, sqlite_autoincrement=True)


def fold(column: Column[str]) -> None:
    """Index `column` regardless of case, which MySQL's collations do by themselves."""
    name = f"ix_{column.table.name}_{column.name}"
    Index(name, column.collate("NOCASE")).ddl_if(dialect="sqlite")
