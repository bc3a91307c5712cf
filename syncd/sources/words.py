"""Says what stands at a place of a file in a few words: never the data of people."""

import regex as re

_TOOL = re.compile(
    r"\s*((?:mysql|mariadb)[\w-]*|my_print_defaults|PHP|Warning|Notice|Error)\b.?:?", re.I
)
_TAG = re.compile(r"\s*<(/?[A-Za-z!?][\w-]{0,20})")
_WORDS = re.compile(r"\s*([A-Za-z_]{1,24}(?: {1,3}[A-Za-z_]{1,24}){0,2})(?![\w@])")
_CHARS = {
    "": "nothing",
    "\0": "NUL bytes: a disk or a transfer lost what stood here",
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
    char = text.lstrip(" \t\r\n")[:1]
    if char in _CHARS:
        return _CHARS[char]
    if tag := _TAG.match(text):
        return f"HTML or XML (<{tag[1]}>)"
    if tool := _TOOL.match(text):
        return f"a message of a program ({tool[1]})"
    if words := _WORDS.match(text):
        return f'"{words[1]}"'
    return "a number" if char.isdigit() else "something that is no SQL"
