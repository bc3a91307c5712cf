"""Languages as WHMCS names them: the file names of its `lang` folder (T-57)."""

from functools import lru_cache

# ISO 639-1 codes, as other systems and old imports left them -> the names of WHMCS.
_NAMES = {
    "ar": "arabic",
    "az": "azerbaijani",
    "ca": "catalan",
    "zh": "chinese",
    "hr": "croatian",
    "cs": "czech",
    "da": "danish",
    "nl": "dutch",
    "en": "english",
    "et": "estonian",
    "fa": "farsi",
    "fr": "french",
    "de": "german",
    "he": "hebrew",
    "hu": "hungarian",
    "it": "italian",
    "mk": "macedonian",
    "no": "norwegian",
    "nb": "norwegian",
    "pt-br": "portuguese-br",
    "pt": "portuguese-pt",
    "pt-pt": "portuguese-pt",
    "ro": "romanian",
    "ru": "russian",
    "es": "spanish",
    "sv": "swedish",
    "tr": "turkish",
    "uk": "ukranian",  # sic
}
_KNOWN = frozenset(_NAMES.values())


@lru_cache(maxsize=256)
def language_of(language: str) -> str:
    """Give WHMCS's name of a language; "" for none and for one that WHMCS does not have.

    `en`, `en_GB` and `English` are `english`: a region counts only where WHMCS distinguishes it.
    """
    word = language.casefold().replace("_", "-")
    if word in _KNOWN:
        return word
    return _NAMES.get(word) or _NAMES.get(word.partition("-")[0], "")
