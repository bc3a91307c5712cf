"""Home, and from 8.0 on Choose Account: which of a user's accounts the pages are about."""

from syncd.sandbox.area import holdings, sessions, tickets
from syncd.sandbox.area.pages import ACCOUNT, ANYBODY, NEW, OLD, PERSON, Moved, Shown, page
from syncd.sandbox.area.visit import Mistake, Visit, places

# Where links of the time before led; the page of contacts is named in many an old text.
_OLD_ACTIONS = {
    "contacts": "/contacts",
    "details": "/details",
    "services": "/services",
    "products": "/services",
    "domains": "/domains",
    "invoices": "/invoices",
    "quotes": "/quotes",
    "emails": "/emails",
    "changepw": "/password",
}


@page("/", ACCOUNT)
def home(visit: Visit) -> Shown:
    counts = {kind: holdings.count(visit, kind) for kind in ("service", "domain", "quote")}
    unpaid = holdings.count(visit, "invoice", "Unpaid")
    return Shown(
        "home.html", {"counts": counts, "unpaid": unpaid, "open_tickets": tickets.count(visit)}
    )


@page("/accounts", PERSON, NEW)
def choose_account(visit: Visit) -> Shown:
    return Shown("accounts.html", {"places": places(visit.call, visit.somebody)})


@page("/accounts", PERSON, NEW, again=choose_account)
def switch_account(visit: Visit) -> Moved:
    wanted = visit.text("client_id")
    chosen = [p for p in places(visit.call, visit.somebody) if str(p.account.id) == wanted]
    if not chosen:
        raise Mistake("Choose one of your accounts.")
    if chosen[0].closed:
        raise Mistake("That account is closed and cannot be chosen.")
    if visit.session:
        sessions.choose(visit.call, visit.session, chosen[0].account.id)
    return Moved("/", "switched")


@page("/accounts", ACCOUNT, OLD)
def only_account(_visit: Visit) -> Moved:
    return Moved("/")


@page("/clientarea.php", ANYBODY)
def old_address(visit: Visit) -> Moved:
    """Lead from an address that old texts and bookmarks have."""
    _, _, query = visit.path.partition("?")
    action = dict(pair.partition("=")[::2] for pair in query.split("&")).get("action", "")
    return Moved(_OLD_ACTIONS.get(action, "/"))
