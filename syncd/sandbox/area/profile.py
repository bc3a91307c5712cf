"""Details of the account, of oneself, and the mails the account was sent."""

from sqlalchemy import select

from syncd.sandbox import lookup, resets, schema
from syncd.sandbox.actions import clients, users
from syncd.sandbox.area.pages import NEW, PERSON, Moved, Shown, page
from syncd.sandbox.area.visit import Missing, Mistake, Visit

# What the form of an account asks for: name, label, and what a browser may fill in by itself.
DETAILS = (
    ("firstname", "First Name", "given-name"),
    ("lastname", "Last Name", "family-name"),
    ("companyname", "Company Name", "organization"),
    ("email", "Email Address", "email"),
    ("address1", "Address 1", "address-line1"),
    ("address2", "Address 2", "address-line2"),
    ("city", "City", "address-level2"),
    ("state", "State/Region", "address-level1"),
    ("postcode", "Zip Code", "postal-code"),
    ("country", "Country (two letters)", "country"),
    ("phonenumber", "Phone Number", "tel"),
)


_NEEDED = ("firstname", "lastname", "email")


def check_names(visit: Visit) -> None:
    """Raise Mistake where a form lacks a name, or an address that can be one."""
    for name, label, _ in DETAILS:
        if name in _NEEDED and not visit.text(name):
            raise Mistake(f"{label} is required.")
    if not lookup.is_address(visit.text("email")):
        raise Mistake("The email address entered is not valid")


@page("/details", "profile")
def show_details(_visit: Visit) -> Shown:
    return Shown("details.html", {"fields": DETAILS})


@page("/details", "profile", again=show_details)
def change_details(visit: Visit) -> Moved:
    check_names(visit)
    wanted = {name: visit.text(name) for name, *_ in DETAILS if name in visit.form}
    visit.perform(clients.update_client, clientid=str(visit.account.id), **wanted)
    if visit.account.email.lower() != wanted["email"].lower():
        resets.spend(visit.call.db, schema.clients, visit.account.id)
    return Moved("/details", "details-changed")


@page("/profile", PERSON, NEW)
def show_profile(_visit: Visit) -> Shown:
    return Shown("profile.html")


@page("/profile", PERSON, NEW, again=show_profile)
def change_profile(visit: Visit) -> Moved:
    wanted = {name: visit.text(name) for name in ("firstname", "lastname", "email")}
    visit.perform(users.update_user, user_id=str(visit.somebody.id), **wanted)
    if visit.somebody.email.lower() != wanted["email"].lower():
        # The link that was mailed to the former address was for whoever reads that.
        resets.spend(visit.call.db, schema.users, visit.somebody.id)
    return Moved("/profile", "profile-changed")


@page("/emails", "emails")
def show_emails(visit: Visit) -> Shown:
    table = schema.emails
    query = select(table).where(table.c.userid == visit.account.id).order_by(table.c.id.desc())
    return Shown("emails.html", {"emails": list(visit.call.db.execute(query))})


@page("/emails/<int:email_id>", "emails")
def show_email(visit: Visit, email_id: int) -> Shown:
    table = schema.emails
    mine = (table.c.id == email_id, table.c.userid == visit.account.id)
    row = visit.call.db.execute(select(table).where(*mine)).first()
    if row is None:
        raise Missing
    return Shown("email.html", {"email": row})
