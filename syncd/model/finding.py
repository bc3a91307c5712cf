"""Findings: what a person should know about the data; `catalogue` has their codes.

A finding's *scope* is the key of the smallest thing the doubt touches (`membership:...`,
`user:<email>` for all logins of an identity, `contact:...`, `account:...`). A review holds the
changes in its scope until a person decides; a block holds them whatever anybody decides; a note
holds nothing. A review that a decision answers holds no more, or for good: see `decision`.
"""

import msgspec

from syncd.model.catalogue import CATALOGUE
from syncd.model.catalogue.code import Code, Severity

__all__ = ["CATALOGUE", "Code", "Finding", "Severity"]


class Finding(msgspec.Struct, frozen=True):
    """One finding on one thing. `detail` quotes the data; never a secret.

    `made_on` is the fingerprint of the data in doubt, `answer` what a person decided on them.
    """

    code: str
    scope: str
    account: str = ""
    contact_id: str = ""
    email: str = ""
    detail: str = ""
    made_on: str = ""
    answer: str = ""

    @property
    def case(self) -> str:
        return CATALOGUE[self.code].case

    @property
    def severity(self) -> Severity:
        return CATALOGUE[self.code].severity

    @property
    def is_open(self) -> bool:
        """Whether this holds what is in its scope until somebody does something."""
        return self.severity is not Severity.NOTE and not self.answer
