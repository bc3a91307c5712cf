"""The catalogue of findings, one module a theme."""

from syncd.model.catalogue import accounts, addresses, contacts, flags, logins, texts
from syncd.model.catalogue.code import Code

_ALL = (
    *logins.CODES,
    *flags.CODES,
    *addresses.CODES,
    *texts.CODES,
    *contacts.CODES,
    *accounts.CODES,
)
CATALOGUE: dict[str, Code] = {code.code: code for code in _ALL}
