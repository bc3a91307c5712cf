"""The 13 permissions and the six kinds of mail, in the words that people tick."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tick:
    key: str
    label: str
    means: str


PERMISSIONS = (
    Tick("profile", "Modify Master Account Profile", "Change the account's name and address"),
    Tick("contacts", "View & Manage Contacts", "See, add and change contacts"),
    Tick("products", "View Products & Services", "See services, their prices and due dates"),
    Tick("manageproducts", "View & Modify Product Passwords", "Change a service's password"),
    Tick("productsso", "Perform Single Sign-On", "Enter a service's control panel with one click"),
    Tick("domains", "View Domains", "See the account's domains"),
    Tick("managedomains", "Manage Domain Settings", "Change a domain's nameservers"),
    Tick("invoices", "View & Pay Invoices", "See and pay invoices, manage ways to pay"),
    Tick("quotes", "View & Accept Quotes", "See quotes and accept them, which is a contract"),
    Tick(
        "tickets", "View & Open Support Tickets", "See, answer and open all the account's tickets"
    ),
    Tick("affiliates", "View & Manage Affiliate Account", "See earnings and request withdrawals"),
    Tick("emails", "View Emails", "Read the mails the account was sent, also those with passwords"),
    Tick(
        "orders",
        "Place New Orders/Upgrades/Cancellations",
        "Order, upgrade and cancel in the account's name",
    ),
)
LABELS = {tick.key: tick.label for tick in PERMISSIONS}

# In the order of the form; what the last one means differs by generation.
PREFERENCES = (
    Tick("general", "General Emails", "Announcements and mail about the account"),
    Tick("product", "Product Emails", "Mail about services, also with their login details"),
    Tick("domain", "Domain Emails", "Renewals and transfers of domains"),
    Tick("invoice", "Invoice Emails", "New invoices and reminders"),
    Tick("support", "Support Emails", "Answers to tickets; may ask support for this account"),
    Tick("affiliate", "Affiliate Emails", "Mail about the affiliate account"),
)
