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
        "a login of access.csv, and what the plan does for it: see `model.lettering`. Permissions "
        "are joined by blanks",
        "account TEXT, email TEXT, standing TEXT, why TEXT, owns BOOLEAN, before TEXT, after TEXT, "
        "login TEXT",
    ),
    Table(
        "letter_changes",
        "report",
        "a row of changes.csv that bears on a letter: of a membership, or held",
        "key TEXT, verb TEXT, verdict TEXT, rule TEXT",
    ),
)
