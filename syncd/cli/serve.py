"""`syncd serve`: the pages, until a signal."""

import os
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import structlog

from syncd.cli.configured import configured
from syncd.cli.daemon.notify import Notifier
from syncd.cli.interrupt import heard
from syncd.cli.printed import out
from syncd.config.config import Config
from syncd.config.files import load_roles, suppressed
from syncd.config.places import journal_of
from syncd.config.secrets import resolve_secret
from syncd.config.serving import ServeSettings, listen_at
from syncd.errors import ExtraMissing, OptionUnusable, SecretsUnusable
from syncd.report.pagefile import FILE

log = structlog.get_logger(__name__)

_NEEDED = ("flask", "waitress")


def serve_pages(config: Path, listen: str) -> None:
    """Serve until a signal; raises `ConfigError` for what cannot be used, `ExtraMissing`."""
    if any(find_spec(name) is None for name in _NEEDED):
        raise ExtraMissing("serve", "pages")
    from syncd.pages.app import create_app
    from syncd.pages.desk import Desk
    from syncd.pages.door import Door
    from syncd.pages.server import serving
    from syncd.pages.shelf import Shelf

    settings = configured(config)
    serve = _at(settings.serve or ServeSettings(), listen)
    secrets = _secrets(serve, settings.file)
    door = Door(user=serve.user, hosts=serve.hosts, **secrets)
    desk = Desk(
        target=settings.target.name,
        shelf=Shelf(settings.state_dir / FILE),
        journal=journal_of(settings),
        roles=load_roles(settings.report.labels),
        suppressed=suppressed(settings.policy.suppressed),
        advice=_advice(settings, config),
        now=lambda: datetime.now(UTC),
    )
    notifier, place = Notifier(os.environ), listen_at(serve.listen)
    try:
        with heard() as wait, serving(create_app(desk, door), place.host, place.port) as url:
            log.info("pages.served", url=url, target=desk.target, locked=door.is_locked)
            out.print(f"Pages of {desk.target} at {url}, until Ctrl-C.", markup=False)
            notifier.ready(f"Pages at {url}")
            wait()
            notifier.stopping("Ending")
    except OSError as error:
        problem = f"{serve.listen} cannot be had: {error.strerror or error}"
        raise OptionUnusable("serve.listen", [problem]) from error
    finally:
        desk.shelf.close()


def _at(serve: ServeSettings, listen: str) -> ServeSettings:
    """Give the settings with another place to listen at; raises `OptionUnusable`."""
    if not listen:
        return serve
    try:
        place = listen_at(listen)
    except ValueError as error:
        raise OptionUnusable("--listen", [str(error)]) from None
    if not (serve.is_locked or place.is_of_this_machine):
        problem = f"{listen} can be reached from other machines: set serve.password or serve.token"
        raise OptionUnusable("--listen", [problem])
    return serve.model_copy(update={"listen": listen})


def _secrets(serve: ServeSettings, file: Path) -> dict[str, str]:
    """Give password and token; raises `SecretsUnusable` with each that cannot be used."""
    from syncd.pages.door import SHORTEST

    known, problems = {}, []
    for key in ("password", "token"):
        reference = getattr(serve, key)
        if reference is None:
            continue
        try:
            known[key] = resolve_secret(reference, f"serve.{key}")
        except SecretsUnusable as error:
            problems += error.problems
            continue
        if len(known[key]) < SHORTEST:
            problems.append(f"serve.{key} has fewer than {SHORTEST} letters: choose a longer one")
    if problems:
        raise SecretsUnusable(file, problems)
    return known


def _advice(settings: Config, config: Path) -> str:
    command = f"syncd plan -c {config}"
    if settings.serve is None:
        return f"Write `serve: {{}}` into the config, so that plans keep it; then run `{command}`."
    return f"Run `{command}`; every plan and every night makes it anew."
