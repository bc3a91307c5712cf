"""What a new account is billed by: what it will be made with, and what keeps it from being made.

A currency cannot be changed once an account has invoices, so one that is not known is never left to
the target's default where there is a choice. All else is left out and put on the worksheet.
"""

from collections.abc import Iterator

import msgspec

from syncd.model.resources import Account
from syncd.ports import TargetTerms


def as_made(account: Account, known: TargetTerms | None) -> Account:
    """Give a new account as it will be: active, and of no group that the target lacks.

    No call makes an inactive one.
    """
    terms = account.terms
    if known is not None and terms.group not in (known.groups or ()):
        terms = msgspec.structs.replace(terms, group="")
    status = "Active" if account.status.casefold() == "inactive" else account.status
    return msgspec.structs.replace(account, status=status, terms=terms)


def unknown_currency(code: str, target: TargetTerms) -> Iterator[str]:
    """Say why an account of this currency cannot be made; nothing where it can."""
    known = target.currencies
    if known is None:
        yield "the target does not show its currencies; tick GetCurrencies in the API role"
    elif "/" in code:  # see `unknown_term`
        yield (
            f"its currency is number {code}, and the source does not show which that is; let it "
            "show tblcurrencies, or name the number in accounts.currencies"
        )
    elif code and code not in known:
        yield (
            f"the legacy currency is {code}, and the target has {_listed(known)}; add the "
            "currency there, or name another in accounts.currencies"
        )
    elif not code and len(known) != 1:  # none: its list was not understood, or names are not clear
        yield (
            f"its currency is not known, and the target has {_listed(known)}; let the source "
            "show tblclients.currency and tblcurrencies, or create the account by hand"
        )


def _listed(codes: tuple[str, ...]) -> str:
    return ", ".join(codes) or "none that syncd can tell apart"
