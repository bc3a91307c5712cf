"""Says what stands at a place of a file in a few words: never the data of people."""

import regex as re

_TOOL = re.compile(
    r"\s*((?:mysql|mariadb)[\w-]*|my_print_defaults|PHP|Warning|Notice|Error)\b.?:?", re.I
)
_TAG = re.compile(r"\s*<(/?[A-Za-z!?][\w-]{0,20})")
_WORDS = re.compile(r"\s*([A-Za-z_]{1,24}(?: {1,3}[A-Za-z_]{1,24}){0,2})(?![\w@])")
_CHARS = {
    "": "nothing",
    "\0": "NUL bytes, where a disk or a transfer lost what it held",
    "\x1a": "Ctrl-Z, the end mark of old text files",
    "'": "a quotation mark",
    '"': "a quotation mark",
    "`": "a quoted name",
    "(": "a parenthesis",
    ")": "a parenthesis",
    ",": "a comma",
    ";": "a semicolon",
    "[": "a bracket",
    "]": "a bracket",
    "{": "a brace",
    "\\": "a backslash",
    "-": "a dash",
}


def first_words(text: str) -> str:
    """Name what a text begins with: a message of a tool, a tag, words or a character."""
    kind = kind_of(text)
    if kind == _WORD and (words := _WORDS.match(text)):
        return f'"{words[1]}"'
    return kind


def kind_of(text: str) -> str:
    """Name what a text begins with, and no word of it: within rows it may be the data of people."""
    char = text.lstrip(" \t\r\n")[:1]
    if char in _CHARS:
        return _CHARS[char]
    if tag := _TAG.match(text):
        return f"HTML or XML (<{tag[1]}>)"
    if tool := _TOOL.match(text):
        return f"a message of a program ({tool[1]})"
    if char.isdigit():
        return "a number"
    return _WORD if char.isalpha() or char == "_" else "something that is no SQL"


_WORD = "a word"


AGAIN = "Copy it again; if it is the same then, make the dump again"
SEE = "See to what it says, and make the dump again"
_TOLD = "The program that made it failed here, or said something: see to that and make it again"


def advice_on(text: str) -> str:
    """Say what to do about a text that should not be in a dump."""
    if _TOOL.match(text):
        return f"{SEE}, with messages elsewhere (2>errors.log)"
    return _TOLD if _TAG.match(text) else AGAIN
