"""The templates of letters: those shipped, and what a provider puts in their place.

All of them are tried before anything is written, with people for whom every part has something to
say: a template that names what there is not, or cannot be read, is told with its file and line.
They run in Jinja2's sandbox: a template reads values and does nothing else.
"""

import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import chain
from pathlib import Path

import jinja2
import msgspec
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from syncd.errors import TemplateUnusable
from syncd.model.lettering import (
    Correspondent,
    LetterGroup,
    Other,
    Place,
    PlaceStanding,
    Sender,
    faults,
    person,
)
from syncd.model.permission import ALL
from syncd.report.letter_text import Block, blocks, html_of, text_of

_MOST = 20  # accounts that a letter lists
_SHIPPED = "syncd.report"
# Of each language; `words.j2` is theirs alone.
_FILES = (
    "letter.txt.j2",
    "subject.txt.j2",
    "announcement.txt.j2",
    "headline.txt.j2",
    "page.html.j2",
    *(f"{group}.txt.j2" for group in LetterGroup),
)
_SUFFIX = ".j2"
_LAYOUT = "layout.html.j2"
NAMES = ("person", "sender", "cutover", "cutover_policy", "language", "most", "subject", "body")
POLICIES = ("invite", "silent", "reinvite-by-owner", "mixed")
# What evaluating somebody's expression may raise; the sandbox's own errors are among the first.
_RAISED = (
    jinja2.TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
    OSError,
)


class Letter(msgspec.Struct, frozen=True):
    subject: str
    parts: tuple[Block, ...]

    @property
    def text(self) -> str:
        return text_of(self.parts)


class Templates:
    """The templates in some languages, tried. Raises `TemplateUnusable`."""

    def __init__(
        self,
        own: Path | None,
        languages: Sequence[str],
        sender: Sender,
        cutover: date | None,
    ) -> None:
        shipped = PackageLoader(_SHIPPED, "templates/letters")
        loaders = [FileSystemLoader(own), shipped] if own else [shipped]
        self._environment = ImmutableSandboxedEnvironment(
            loader=ChoiceLoader(loaders),
            autoescape=lambda name: name is not None and name.endswith(".html.j2"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        self._environment.globals |= {"sender": sender, "cutover": cutover, "most": _MOST}
        self.languages = tuple(languages)
        self._sender = sender
        self._links = {
            sender.client_area: sender.client_area,
            sender.mailbox: f"mailto:{sender.mailbox}",
            sender.billing: f"mailto:{sender.billing}",
        }
        self._try()

    def language_of(self, whose: Correspondent) -> str:
        """Give the language for a person: the first of theirs that has templates, or ours."""
        return next((each for each in whose.languages if each in self.languages), self.languages[0])

    def letter(self, whose: Correspondent, language: str) -> Letter:
        subject = self._rendered(f"{language}/subject.txt.j2", person=whose, language=language)
        return self._letter(
            f"{language}/letter.txt.j2", subject, {"person": whose, "language": language}
        )

    def announcement(self, language: str, policy: str) -> Letter:
        """Give the text to publish (S4-30); `policy` is one of POLICIES."""
        said: dict[str, object] = {"language": language, "cutover_policy": policy}
        subject = self._rendered(f"{language}/headline.txt.j2", **said)
        return self._letter(f"{language}/announcement.txt.j2", subject, said)

    def page(self, letter: Letter, language: str) -> str:
        """Give a letter as a page of HTML: the same blocks, everything in them escaped."""
        body = html_of(letter.parts, self._links)
        return self._rendered(f"{language}/page.html.j2", subject=letter.subject, body=body)

    def _letter(self, name: str, subject: str, said: dict[str, object]) -> Letter:
        rendered = self._rendered(name, **said)
        wrong = faults(rendered, self._sender)
        if wrong:
            raise TemplateUnusable(self._path_of(name), wrong)
        return Letter(" ".join(subject.split()), tuple(blocks(rendered)))

    def _rendered(self, name: str, **said: object) -> str:
        with self._telling(name):
            return self._environment.get_template(name).render(said)

    # --- trying them ----------------------------------------------------------------------------

    def _try(self) -> None:
        for name in chain((_LAYOUT,), *(self._names(language) for language in self.languages)):
            self._check_names(name)
        for language in self.languages:
            for policy in POLICIES:
                self.announcement(language, policy)
            for whose in trial_people():
                self.page(self.letter(whose, language), language)

    def _names(self, language: str) -> Iterator[str]:
        yield from (f"{language}/{file}" for file in _FILES)
        with self._telling(f"{language}/words.j2"):
            known = self._environment.list_templates()
        yield from (name for name in (f"{language}/words.j2",) if name in known)

    def _check_names(self, name: str) -> None:
        """Look for names that no template is given, also where no trial leads."""
        with self._telling(name):
            source, path, _ = self._environment.loader.get_source(  # type: ignore[union-attr]
                self._environment, name
            )
            tree = self._environment.parse(source, name, path)
            undeclared = meta.find_undeclared_variables(tree)
        for unknown in sorted(undeclared - {*NAMES, *self._environment.globals, "code"}):
            line = next(each.lineno for each in tree.find_all(nodes.Name) if each.name == unknown)
            problem = f"line {line}: no template is given {unknown!r}, but {', '.join(NAMES)}"
            raise TemplateUnusable(self._path_of(name), [problem])

    @contextmanager
    def _telling(self, name: str) -> Iterator[None]:
        """Turn whatever is wrong with a template into its file, line and a sentence."""
        try:
            yield
        except jinja2.TemplateNotFound as error:
            missing = [f"there is no template {error.name}: write it, or take its language out"]
            raise TemplateUnusable(self._path_of(name), missing) from error
        except jinja2.TemplateSyntaxError as error:
            is_file = error.filename is not None and error.filename.endswith(_SUFFIX)
            where = str(error.filename) if is_file else self._path_of(name)
            problem = f"line {error.lineno}: {error.message}"
            raise TemplateUnusable(where, [problem]) from error
        except _RAISED as error:
            path, line = _place_of(error) or (self._path_of(name), 0)
            at = f"line {line}: " if line else ""
            raise TemplateUnusable(path, [f"{at}{error}"]) from error

    def _path_of(self, name: str) -> str:
        """Give the file of a template, or its name where it has none that can be read."""
        try:
            loader = self._environment.loader
            _, path, _ = loader.get_source(self._environment, name)  # type: ignore[union-attr]
        except (jinja2.TemplateError, OSError, ValueError):
            return name
        return path or name


def _place_of(error: BaseException) -> tuple[str, int] | None:
    """Give file and line of the template in which an error arose, the innermost."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [(each.filename, each.lineno) for each in frames if each.filename.endswith(_SUFFIX)]
    return (places[-1][0], places[-1][1] or 0) if places else None


def trial_people() -> Iterator[Correspondent]:
    """Yield invented people whose letters together have every part, and each part every case."""
    others = tuple(
        Other("other@trial.example", ALL, standing)
        for standing in (PlaceStanding.BY_OWNER, PlaceStanding.INVITED, PlaceStanding.LATER)
    )
    for login in ("carried", "kept", "reset", "set"):
        place = Place(
            account="legacy/1",
            account_name="Trial Ltd",
            role="login",
            standing=PlaceStanding.INVITED,
            login=login,
            before=ALL,
            permissions=("invoices", "beyond"),
        )
        alter = msgspec.structs.replace
        attached = alter(place, standing=PlaceStanding.ATTACHED, account="legacy/2")
        contact = alter(
            place, standing=PlaceStanding.CONTACT, role="billing support", account="legacy/3"
        )
        owned = alter(
            place,
            standing=PlaceStanding.OWNS,
            role="owner",
            account="legacy/4",
            account_name="",
            first_name="Trial",
            others=others,
            more=3,
        )
        many = [alter(place, account=f"legacy/{number}") for number in range(5, 30)]
        everything = [owned, place, attached, contact, *many]
        yield person("trial@trial.example", everything, chooses=True)
        yield person("trial@trial.example", [contact])
