"""How values get into a page: each is escaped, and what acts instead of showing is spelt out.

The report and the pages of `syncd serve` have it from here.
"""

from jinja2 import Environment, PackageLoader, StrictUndefined

from syncd.model.text import visible


def escaping(package: str) -> Environment:
    """Give the environment of a package's templates."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shown(value: object) -> object:
    """Spell out what must not be obeyed; markup made by our own macros passes as it is."""
    return visible(value) if type(value) is str else value
