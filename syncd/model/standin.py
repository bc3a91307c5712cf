"""Stand-ins: what stands in a pattern where a row has a value of its own.

No row that holds one of them is filled into a pattern.
"""

_WORD = "zqstandinqz"
_NUMBER = "90071992547409"

EMAIL = f"{_WORD}@{_WORD}.com"
FIRST = f"{_WORD}first"
LAST = f"{_WORD}last"
CLIENT = int(f"{_NUMBER}01")
CONTACT = int(f"{_NUMBER}02")
BILLING = int(f"{_NUMBER}03")


def holds_standin(*texts: str) -> bool:
    """Say whether texts hold what would be taken for a stand-in."""
    return any(_WORD in text or _NUMBER in text for text in texts)
