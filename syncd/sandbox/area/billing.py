"""Billing: invoices and whom they name, quotes, ways to pay."""

from typing import Any

from sqlalchemy import Row, select

from syncd.sandbox import schema
from syncd.sandbox.area import holdings
from syncd.sandbox.area.pages import Moved, Shown, page
from syncd.sandbox.area.visit import Visit


@page("/invoices", "invoices")
def show_invoices(visit: Visit) -> Shown:
    return Shown("invoices.html", {"invoices": holdings.listed(visit, "invoice")})


@page("/invoices/<int:invoice_id>", "invoices")
def show_invoice(visit: Visit, invoice_id: int) -> Shown:
    invoice = holdings.item(visit, "invoice", invoice_id)
    return Shown("invoice.html", {"invoice": invoice, "addressee": _addressee(visit)})


@page("/invoices/<int:invoice_id>/pay", "invoices", again=show_invoice)
def pay(visit: Visit, invoice_id: int) -> Moved:
    holdings.change(visit, holdings.item(visit, "invoice", invoice_id), status="Paid")
    return Moved(f"/invoices/{invoice_id}", "paid")


@page("/payment-methods", "invoices")
def show_payment_methods(visit: Visit) -> Shown:
    return Shown("payment_methods.html", {"addressee": _addressee(visit)})


@page("/quotes", "quotes")
def show_quotes(visit: Visit, **_quote: int) -> Shown:
    return Shown("quotes.html", {"quotes": holdings.listed(visit, "quote")})


@page("/quotes/<int:quote_id>/accept", "quotes", again=show_quotes)
def accept_quote(visit: Visit, quote_id: int) -> Moved:
    holdings.change(visit, holdings.item(visit, "quote", quote_id), status="Accepted")
    return Moved("/quotes", "accepted-quote")


def _addressee(visit: Visit) -> Row[Any]:
    """Return whose name and address an invoice has: the account's, or its billing contact's.

    Never those of the user who looks at it.
    """
    table = schema.contacts
    chosen = (table.c.id == visit.account.billingcid, table.c.userid == visit.account.id)
    return visit.call.db.execute(select(table).where(*chosen)).first() or visit.account
