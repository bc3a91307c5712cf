"""The statistics of GetClientsDetails: nothing is sold here, so most of them are naught."""

from typing import Any

from sqlalchemy import Row, func, select

from syncd.sandbox import schema, sub_accounts
from syncd.sandbox.registry import Body, Call

# In the order of the documented sample; what ends in a word of money is an amount.
_NAMES = (
    *("numdueinvoices", "dueinvoicesbalance", "incredit", "creditbalance", "grossRevenue"),
    *("expenses", "income", "numoverdueinvoices", "overdueinvoicesbalance", "numDraftInvoices"),
    *("draftInvoicesBalance", "numunpaidinvoices", "unpaidinvoicesamount", "numpaidinvoices"),
    *("paidinvoicesamount", "numcancelledinvoices", "cancelledinvoicesamount"),
    *("numrefundedinvoices", "refundedinvoicesamount", "numcollectionsinvoices"),
    *("collectionsinvoicesamount", "numpaymentpendinginvoices", "paymentpendinginvoicesamount"),
    *("productsnumactivehosting", "productsnumhosting", "productsnumactivereseller"),
    *("productsnumreseller", "productsnumactiveservers", "productsnumservers"),
    *("productsnumactiveother", "productsnumother", "productsnumactive", "productsnumtotal"),
    *("numactivedomains", "numdomains", "numacceptedquotes", "numquotes", "numtickets"),
    *("numactivetickets", "numaffiliatesignups", "isAffiliate"),
)
_MONEY = ("balance", "Balance", "amount", "Revenue", "expenses", "income")
# Not in the samples from before 8.0.
_LATER = (
    *("grossRevenue", "expenses", "numpaymentpendinginvoices", "paymentpendinginvoicesamount"),
)


def stats(call: Call, client: Row[Any]) -> Body:
    """Return a client's statistics; before 8.0 a flag is the text that PHP prints of it."""
    naught = {name: "$0.00 USD" if name.endswith(_MONEY) else 0 for name in _NAMES}
    counted = naught | {
        "incredit": client.credit > 0,
        "creditbalance": f"${client.credit:.2f} USD",
        "numtickets": _tickets(call, client.id),
        "numactivetickets": _tickets(call, client.id, schema.tickets.c.status != "Closed"),
        "isAffiliate": False,
    }
    if not sub_accounts.are_there(call):
        return counted
    texts = {k: ("1" if v else "") if isinstance(v, bool) else v for k, v in counted.items()}
    return {name: value for name, value in texts.items() if name not in _LATER}


def _tickets(call: Call, client_id: int, *matching: Any) -> int:
    table = schema.tickets
    query = select(func.count()).select_from(table).where(table.c.userid == client_id, *matching)
    return call.db.scalar(query) or 0
