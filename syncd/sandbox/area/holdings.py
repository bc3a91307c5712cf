"""Services and domains: what an account owns, and what a permission beside lets one do with it."""

from typing import Any

from sqlalchemy import Row, func, select, update

from syncd.sandbox.area.login import new_password
from syncd.sandbox.area.pages import Moved, Shown, page
from syncd.sandbox.area.visit import Denied, Missing, Mistake, Visit
from syncd.sandbox.schema_area import holdings


def count(visit: Visit, kind: str, *statuses: str) -> int:
    query = select(func.count()).select_from(holdings).where(*_mine(visit, kind))
    if statuses:
        query = query.where(holdings.c.status.in_(statuses))
    return visit.call.db.scalar(query) or 0


def listed(visit: Visit, kind: str) -> list[Row[Any]]:
    query = select(holdings).where(*_mine(visit, kind)).order_by(holdings.c.id)
    return list(visit.call.db.execute(query))


def item(visit: Visit, kind: str, holding_id: int) -> Row[Any]:
    """Return a thing of this account; what another account has is not there."""
    query = select(holdings).where(*_mine(visit, kind), holdings.c.id == holding_id)
    row = visit.call.db.execute(query).first()
    if row is None:
        raise Missing
    return row


def change(visit: Visit, holding: Row[Any], **values: str) -> None:
    visit.call.db.execute(update(holdings).where(holdings.c.id == holding.id).values(values))


def _mine(visit: Visit, kind: str) -> tuple[Any, ...]:
    return holdings.c.client_id == visit.account.id, holdings.c.kind == kind


def need(visit: Visit, permission: str) -> None:
    """Raise Denied without a permission that a page needs beside its own."""
    if not visit.may(permission):
        raise Denied


@page("/services", "products")
def show_services(visit: Visit) -> Shown:
    return Shown("services.html", {"services": listed(visit, "service")})


@page("/services/<int:service_id>", "products")
def show_service(visit: Visit, service_id: int) -> Shown:
    return Shown("service.html", {"service": item(visit, "service", service_id)})


@page("/services/<int:service_id>/password", "manageproducts")
def show_service_password(visit: Visit, service_id: int) -> Shown:
    need(visit, "products")
    return show_service(visit, service_id)


@page("/services/<int:service_id>/password", "manageproducts", again=show_service_password)
def change_service_password(visit: Visit, service_id: int) -> Moved:
    need(visit, "products")
    service = item(visit, "service", service_id)
    new_password(visit)  # of a control panel that is not there
    return Moved(f"/services/{service.id}", "product-password")


@page("/services/<int:service_id>/sso", "productsso")
def enter_panel(visit: Visit, service_id: int) -> Shown:
    need(visit, "products")
    return Shown("panel.html", {"service": item(visit, "service", service_id)})


@page("/services/<int:service_id>/cancel", "orders", again=show_service)
def cancel_service(visit: Visit, service_id: int) -> Moved:
    need(visit, "products")
    change(visit, item(visit, "service", service_id), status="Cancelling")
    return Moved(f"/services/{service_id}")


@page("/domains", "domains")
def show_domains(visit: Visit) -> Shown:
    return Shown("domains.html", {"domains": listed(visit, "domain")})


@page("/domains/<int:domain_id>", "domains")
def show_domain(visit: Visit, domain_id: int) -> Shown:
    return Shown("domain.html", {"domain": item(visit, "domain", domain_id)})


@page("/domains/<int:domain_id>/nameservers", "managedomains", again=show_domain)
def change_nameservers(visit: Visit, domain_id: int) -> Moved:
    need(visit, "domains")
    names = visit.text("nameservers").split()
    if len(names) < 2:
        raise Mistake("A domain needs two nameservers.")
    change(visit, item(visit, "domain", domain_id), detail=" ".join(names))
    return Moved(f"/domains/{domain_id}", "nameservers")


@page("/affiliates", "affiliates")
def show_affiliates(_visit: Visit) -> Shown:
    return Shown("affiliates.html")


@page("/affiliates", "affiliates", again=show_affiliates)
def withdraw_earnings(_visit: Visit) -> Moved:
    return Moved("/affiliates", "withdrawal")
