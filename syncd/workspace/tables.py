"""The tables of the workspace."""

from collections.abc import Callable

from syncd.model.legacy import LegacyClient
from syncd.model.resources import Preference

ClientMail = Callable[[str | None], tuple[Preference, ...]]


# What the client `k` itself is set to get, as the legacy row has it.
CLIENT_MAIL = f"k.body ->> '$[{LegacyClient.__struct_fields__.index('email_preferences')}]'"
