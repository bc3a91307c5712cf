"""The companion's own table: what it did under which key; see `companion/`."""

from sqlalchemy import Column, String
from sqlalchemy.dialects.mysql import VARCHAR

from syncd.sandbox.columns import identity, moments, table, texts, varchars
from syncd.sandbox.schema import SANDBOX

__all__ = ["SANDBOX", "effects"]

# Keys differ by case, whatever the collation of the database is.
_BY_CASE = VARCHAR(64, charset="ascii", collation="ascii_bin")

effects = table(
    "mod_syncd_effects",
    SANDBOX,
    identity(),
    Column(
        "key", String(64).with_variant(_BY_CASE, "mysql", "mariadb"), nullable=False, unique=True
    ),
    *varchars(32, "action"),
    *varchars(64, "digest"),
    *texts("reply"),
    *moments("created_at"),
)
