"""Plain rows: nothing in them asks for a look, as SQL says it of a page of rows.

Stricter than the reader is: what is not plain is read row by row, whatever it turns out to be.
"""

from syncd.model.plainness import Plainness
from syncd.model.resources import Profile
from syncd.model.standin import NUMBER, WORD

# The address as `model.identity` normalises it, of a row whose address is plain. That is ASCII: to
# SQL the lower case of a KELVIN SIGN is a plain k, which makes it somebody else's address.
IDENTITY = "lower(trim(email))"
_TEXTS = f"concat({', '.join(Profile.__struct_fields__)})"  # which passes over NULL
# Letters of Europe, which NFC leaves alone, and printable ASCII: without what begins an entity, or
# may begin a byte that is no text, and without what JSON escapes.
READABLE = "[ !#-%'-\\[\\]-~\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0400-\u047f\u1e00-\u1eff]*"
_BILLING = "regexp_full_match(trim(coalesce(billing_contact, '')), '[0-9]{0,13}')"


def client_conditions(plainness: Plainness) -> str:
    """Give the condition for a client's row to be plain."""
    return f"{_conditions(plainness)} AND {_BILLING}"


def contact_conditions(plainness: Plainness) -> str:
    return f"{_conditions(plainness)} AND {_is_small('contact_id')}"


def _conditions(plainness: Plainness) -> str:
    accounts = ", ".join(map(_quoted, sorted(plainness.accounts)))
    return " AND ".join(
        (
            "trim(coalesce(first_name, '')) <> '' AND trim(coalesce(last_name, '')) <> ''",
            "email IS NOT NULL AND strlen(email) = length(email)",
            f"regexp_full_match({IDENTITY}, {_quoted(plainness.address)})",
            f"length({IDENTITY}) <= {plainness.max_address}",
            f"instr({IDENTITY}, '@') - 1 <= {plainness.max_local}",
            f"NOT regexp_full_match({IDENTITY}, {_quoted(plainness.named)})",
            f"regexp_full_match({_TEXTS}, {_quoted(READABLE)})",
            f"NOT regexp_matches({_TEXTS}, {_quoted(plainness.garbled)})",
            f"length({_TEXTS}) <= {plainness.max_name}",
            *(
                f"NOT contains({text}, '{standin}')"
                for text in (IDENTITY, _TEXTS)
                for standin in (WORD, NUMBER)
            ),
            _is_small("client_id"),
            *([f"ref_of(source, client_id) NOT IN ({accounts})"] if accounts else []),
        )
    )


def _is_small(number: str) -> str:
    """Say that a number is no stand-in; not by `abs`, which the least of all numbers has not."""
    return f"{number} > -{NUMBER} AND {number} < {NUMBER}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
