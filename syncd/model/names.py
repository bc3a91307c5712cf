"""Names of people: compared kindly, and filled where there must be one."""

import unicodedata

import msgspec

from syncd.model.resources import Profile
from syncd.model.text import clean


def with_names(profile: Profile, email: str, placeholder: str) -> Profile:
    """Fill a name the API demands: the other part, the company, the local part (S0-11)."""
    if profile.first_name and profile.last_name:
        return profile
    spare = profile.company or email.partition("@")[0] or placeholder
    first = profile.first_name or profile.last_name or spare
    last = profile.last_name if profile.first_name else ""
    return msgspec.structs.replace(profile, first_name=first, last_name=last or placeholder)


def same_person(first: str, second: str) -> bool:
    """Compare two names as the ruling on T-07 says.

    Equal after decoding, accents, case and punctuation; or one is part of the other; or initials
    stand against full names. A blank name matches any; one of nothing but punctuation is not
    blank and vouches for nobody else.
    """
    if not clean(first) or not clean(second):
        return True
    ours, theirs = _bare(first), _bare(second)
    # "Anne-Marie" is "Anne Marie", and "O'Brien" is "OBrien".
    return any(
        _tokens_match(_tokens(ours, between), _tokens(theirs, between)) for between in (" ", "")
    )


def _bare(name: str) -> str:
    folded = unicodedata.normalize("NFKD", clean(name)).casefold()
    return "".join(char for char in folded if not unicodedata.combining(char))


def _tokens(name: str, between: str) -> set[str]:
    if name.isalnum():
        return {name}
    # By category and not by \w, which would also strip the vowels of Indian and Thai names.
    return set("".join(between if _is_punctuation(char) else char for char in name).split())


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] in "PSC"


def _tokens_match(ours: set[str], theirs: set[str]) -> bool:
    if not ours or not theirs:
        return ours == theirs
    if ours <= theirs or theirs <= ours:
        return True
    return len(ours) == len(theirs) and _initials_match(
        sorted(ours - theirs), sorted(theirs - ours)
    )


def _initials_match(ours: list[str], theirs: list[str]) -> bool:
    """Match the tokens two names do not share: an initial on one side, a full name on the other."""

    def fits(short: str, full: str) -> bool:
        return min(len(short), len(full)) == 1 and short[0] == full[0]

    return all(fits(*pair) for pair in zip(ours, theirs, strict=True))
