"""The tables in which the files of a plan meet again, for letters; see `tables`."""

from syncd.workspace.table import Table

LETTER_TABLES = (
    Table(
        "letter_people",
        "report",
        "a row of people.csv; `rank` puts what is owned first, then logins, then contacts",
        "email TEXT, role TEXT, account TEXT, account_name TEXT, contact_id TEXT, has_user TEXT, "
        "first_name TEXT, last_name TEXT, language TEXT, why TEXT, rank INTEGER",
    ),
    Table(
        "letter_logins",
        "report",
        "a row of access.csv, as far as letters ask; permissions are joined by blanks",
        "account TEXT, email TEXT, state TEXT, why TEXT, before TEXT, after TEXT, login TEXT",
    ),
    Table(
        "letter_changes",
        "report",
        "a row of changes.csv that bears on a letter",
        "key TEXT, verb TEXT, verdict TEXT, rule TEXT",
    ),
    Table(
        "letter_marks",
        "report",
        "somebody in another table of the plan: who is mailed, was asked, chooses anew; `account` "
        "is '' where it is about the person",
        "mark TEXT, account TEXT, email TEXT",
    ),
)
