"""Order: for an account one may order for; from 8.0 on also for a further one, of one's own.

First the user, then the account, and the invoice inside it.
"""

from dataclasses import dataclass
from typing import Any

from syncd.sandbox import lookup, mail
from syncd.sandbox.actions import clients, users
from syncd.sandbox.area import persons, sessions
from syncd.sandbox.area.login import new_password
from syncd.sandbox.area.pages import ANYBODY, NEW, OLD, Moved, Shown, page
from syncd.sandbox.area.profile import DETAILS
from syncd.sandbox.area.visit import Missing, Mistake, Place, Visit, places
from syncd.sandbox.schema_area import holdings


@dataclass(frozen=True, slots=True)
class Product:
    key: str
    name: str
    price: float


PRODUCTS = (
    Product("starter", "Web Hosting Starter", 4.90),
    Product("business", "Web Hosting Business", 14.90),
    Product("server", "Virtual Server", 29.00),
)
_NEW_ACCOUNT = "new"


@page("/order", "orders", OLD)
def show_order(_visit: Visit) -> Shown:
    return Shown("order.html", {"products": PRODUCTS, "accounts": [], "fields": ()})


@page("/order", "orders", OLD, again=show_order)
def order(visit: Visit) -> Moved:
    _ordered(visit, visit.account.id, _product(visit))
    return Moved("/services", "ordered")


@page("/order", ANYBODY, NEW)
def show_checkout(visit: Visit) -> Shown:
    found = places(visit.call, visit.person) if visit.person else []
    values = {"accounts": [(place, may_order(place)) for place in found], "fields": DETAILS}
    return Shown("order.html", {"products": PRODUCTS, **values})


@page("/order", ANYBODY, NEW, again=show_checkout)
def check_out(visit: Visit) -> Moved:
    product = _product(visit)
    person = visit.person or _customer(visit)
    if visit.person is None or visit.text("account") == _NEW_ACCOUNT:
        client_id, done = _opened(visit, person), "account-opened"
    else:
        client_id, done = _chosen(visit, person), "ordered"
    _ordered(visit, client_id, product)
    if visit.session and visit.person:
        sessions.choose(visit.call, visit.session, client_id)
    else:
        visit.log_in(person, client_id)
    return Moved("/", done)


def may_order(place: Place) -> bool:
    return not place.closed and "orders" in place.permissions


def _product(visit: Visit) -> Product:
    wanted = visit.text("product")
    chosen = next((product for product in PRODUCTS if product.key == wanted), None)
    if chosen is None:
        raise Mistake("Choose a product.")
    return chosen


def _customer(visit: Visit) -> persons.Person:
    """Make the user of somebody new, from the profile of the account to come."""
    added = visit.perform(
        users.add_user,
        firstname=visit.text("firstname"),
        lastname=visit.text("lastname"),
        email=visit.text("email"),
        password2=new_password(visit),
    )
    made = persons.by_id(visit.call, persons.USER, added["user_id"])
    if made is None:
        raise Missing
    return made


def _opened(visit: Visit, person: persons.Person) -> int:
    details = {name: visit.text(name) for name, *_ in DETAILS}
    added = visit.perform(clients.add_client, owner_user_id=str(person.id), **details)
    return int(added["clientid"])


def _chosen(visit: Visit, person: persons.Person) -> int:
    wanted = visit.text("account")
    for place in places(visit.call, person):
        if str(place.account.id) == wanted and may_order(place):
            return int(place.account.id)
    raise Mistake("Choose an account that you may order for, or a new one.")


def _ordered(visit: Visit, client_id: int, product: Product) -> None:
    """Put the service and its invoice into the account, and mail those who get such mail."""
    today = visit.call.stamp[:10]
    common: dict[str, Any] = {"client_id": client_id, "amount": product.price, "date": today}
    visit.call.insert(holdings, kind="service", name=product.name, status="Pending", **common)
    invoice = visit.call.insert(
        holdings, kind="invoice", name=product.name, status="Unpaid", **common
    )
    client = lookup.client(visit.call.db, client_id)
    if client is None:
        raise Missing
    subject = f"Invoice {invoice} has been created"
    mail.send_to_client(visit.call, client, mail.Letter("email", subject, product.name, "invoice"))
