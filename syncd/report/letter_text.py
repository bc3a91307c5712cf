"""A letter as text and as HTML, of the same blocks: what a template gives, reflowed.

Blocks are parted by empty lines; a line that begins with `- ` is an item of a list. Line breaks
within a block are those of the template, and do not count.
"""

import re
import textwrap
from collections.abc import Iterator

import msgspec
from markupsafe import Markup, escape

_WIDTH = 76  # columns of a mail
_ITEM = "- "
_PARTING = re.compile(r"\n[ \t]*\n")


class Block(msgspec.Struct, frozen=True):
    """A paragraph, or the items of a list."""

    lines: tuple[str, ...]
    is_list: bool


def blocks(rendered: str) -> Iterator[Block]:
    """Yield the blocks of what a template gave."""
    for chunk in _PARTING.split(rendered.strip()):
        paragraph: list[str] = []
        items: list[str] = []
        for line in filter(None, map(str.strip, chunk.splitlines())):
            if line.startswith(_ITEM):
                items.append(line.removeprefix(_ITEM))
            elif items:
                items[-1] += f" {line}"
            else:
                paragraph.append(line)
        if paragraph:
            yield Block((" ".join(paragraph),), is_list=False)
        if items:
            yield Block(tuple(items), is_list=True)


def text_of(parts: tuple[Block, ...]) -> str:
    """Give the blocks as plain text, wrapped; words are never broken."""
    return "\n\n".join("\n".join(map(_wrapped, _lines(part))) for part in parts) + "\n"


def _lines(part: Block) -> Iterator[str]:
    for line in part.lines:
        yield f"{_ITEM}{line}" if part.is_list else line


def _wrapped(line: str) -> str:
    return textwrap.fill(
        line,
        _WIDTH,
        subsequent_indent="  " if line.startswith(_ITEM) else "",
        break_long_words=False,
        break_on_hyphens=False,
    )


def html_of(parts: tuple[Block, ...], links: dict[str, str]) -> Markup:
    """Give the blocks as HTML, everything escaped; `links` are our own texts that lead somewhere.

    Nothing else becomes a link, whatever it looks like.
    """
    return Markup("\n").join(_element(part, links) for part in parts)


def _element(part: Block, links: dict[str, str]) -> Markup:
    if not part.is_list:
        return Markup("<p>{}</p>").format(_linked(part.lines[0], links))
    items = (Markup("<li>{}</li>").format(_linked(line, links)) for line in part.lines)
    return Markup("<ul>\n{}\n</ul>").format(Markup("\n").join(items))


def _linked(line: str, links: dict[str, str]) -> Markup:
    if not any(text in line for text in links):
        return escape(line)
    pieces = re.split(f"({'|'.join(map(re.escape, links))})", line)
    return Markup().join(_piece(piece, links) for piece in pieces)


def _piece(piece: str, links: dict[str, str]) -> Markup:
    if piece not in links:
        return escape(piece)
    return Markup('<a href="{}">{}</a>').format(links[piece], piece)
