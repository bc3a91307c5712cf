"""The catalogue of findings, one module a theme."""

from syncd.model.catalogue import (
    accounts,
    addresses,
    contacts,
    decisions,
    flags,
    logins,
    sources,
    texts,
)
from syncd.model.catalogue.code import Code

_ALL = (
    *logins.CODES,
    *flags.CODES,
    *addresses.CODES,
    *texts.CODES,
    *contacts.CODES,
    *accounts.CODES,
    *decisions.CODES,
    *sources.CODES,
)
CATALOGUE: dict[str, Code] = {code.code: code for code in _ALL}
