"""Mailboxes and domains that are not one person's: the defaults of the config."""

# Before the @: RFC 2142 and the names hosts see most (ruling on T-10).
# fmt: off
ROLE_MAILBOXES = frozenset([
    "abuse", "noc", "security", "postmaster", "hostmaster", "usenet", "news", "webmaster", "www",
    "uucp", "ftp", "marketing", "sales", "support", "info", "admin", "billing", "accounts",
    "accounting", "finance", "invoices", "office", "contact", "hello", "help", "it", "staff",
    "team",
])
# fmt: on

# Names that RFC 2606 and RFC 6761 keep out of use: nobody reads mail there (T-41).
RESERVED_DOMAINS = frozenset(
    ["example.com", "example.net", "example.org", "example", "invalid", "localhost", "test"]
)
