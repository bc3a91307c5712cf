"""The tables of the client area that no action of the API reads; what an account owns, and visits.

In an installation services, domains, invoices and quotes have tables of their own, which nothing
here reads or imitates: the area shows that they belong to an account, and who may see them.
"""

from sqlalchemy import Column, Index, Numeric, String

from syncd.sandbox.columns import identity, ints, moments, table, texts, varchars
from syncd.sandbox.schema import SANDBOX

__all__ = ["HOLDINGS", "SANDBOX", "holdings", "visits"]

HOLDINGS = ("service", "domain", "invoice", "quote")

holdings = table(
    "sandbox_holdings",
    SANDBOX,
    identity(),
    *ints("client_id"),
    *varchars(16, "kind"),
    *texts("name"),
    *varchars(16, "status"),
    Column("amount", Numeric(16, 2, asdecimal=False), nullable=False, server_default="0"),
    Column("date", String(10), nullable=False, server_default="0000-00-00"),
    *texts("detail"),
    Index("ix_sandbox_holdings_client_id", "client_id"),
)

# Who is logged in. A link to look as somebody is a visit that nobody has taken yet.
visits = table(
    "sandbox_visits",
    SANDBOX,
    identity(),
    Column("token_hash", String(64), nullable=False, unique=True),
    *varchars(16, "kind"),
    *ints("person_id", "client_id", "looking", "waiting"),
    *moments("created_at"),
)
