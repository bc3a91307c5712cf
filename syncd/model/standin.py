"""Stand-ins: what stands in a pattern where a row has a value of its own.

No row that holds one of them is filled into a pattern.
"""

from collections.abc import Iterable

WORD = "zqstandinqz"
NUMBER = "90071992547409"

EMAIL = f"{WORD}@{WORD}.com"
FIRST = f"{WORD}first"
LAST = f"{WORD}last"
CLIENT = int(f"{NUMBER}01")
CONTACT = int(f"{NUMBER}02")
BILLING = int(f"{NUMBER}03")


def hold_standin(texts: Iterable[str | None]) -> bool:
    """Say whether any of these texts has in it what every stand-in has."""
    return any(text and (WORD in text or NUMBER in text) for text in texts)
