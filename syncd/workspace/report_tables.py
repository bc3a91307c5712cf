"""The tables in which a report works out who can do what, and who gets which mail."""

from syncd.workspace.table import Table

_OUTCOME = (
    '"before" TEXT[], "after" TEXT[], state TEXT, why TEXT, password TEXT, password_after TEXT, '
    "label TEXT, lost TEXT, gained TEXT, waiting TEXT"
)

REPORT_TABLES = (
    Table(
        "login_rows",
        "report",
        "a legacy login: what its rows give, and the kinds of their passwords, as JSON; `user` is "
        "how its person comes to be one in the target",
        "key TEXT, account TEXT, account_name TEXT, email TEXT, rows TEXT, passwords TEXT, "
        "is_owner BOOLEAN, user TEXT",
    ),
    Table(
        "situations",
        "report",
        "such a login, and all that decides what becomes of it, as JSON",
        "key TEXT, account TEXT, account_name TEXT, email TEXT, situation TEXT",
    ),
    Table(
        "outcomes",
        "report",
        "what a situation comes to, see `Access`; the last three are the columns of access.csv",
        f"situation TEXT, {_OUTCOME}",
    ),
    Table(
        "accesses",
        "report",
        "a login and what it comes to, in the order of keys",
        f"account TEXT, account_name TEXT, email TEXT, {_OUTCOME}",
    ),
    Table(
        "addressed",
        "report",
        "an account as letters name it, and whom they greet; `email` is NULL where nobody wants it",
        "account TEXT, account_name TEXT, email TEXT, first_name TEXT, last_name TEXT, "
        "language TEXT",
    ),
    Table(
        "heard",
        "report",
        "a contact that is no login, and gets invoices or may ask support: which of these",
        "key TEXT, account TEXT, email TEXT, first_name TEXT, last_name TEXT, role TEXT",
    ),
    Table("legacy_mail", "report", "who got which mail", "account TEXT, email TEXT, mail TEXT[]"),
    Table("mail_after", "report", "who will get which", "account TEXT, email TEXT, mail TEXT[]"),
    Table(
        "mail_bits",
        "report",
        "a set of preferences that occurs, as a number: a bit a category",
        "mail TEXT[], bits INTEGER",
    ),
)
