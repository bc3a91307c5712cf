"""The dead man's switch: something outside is told of each run, and notices when it is silent."""

import requests
import structlog

from syncd.alerts.hushed import hushed
from syncd.config.secrets import is_secret_reference, resolve_secret
from syncd.config.telling import HeartbeatSettings
from syncd.errors import SecretsUnusable
from syncd.model.masking import masked

log = structlog.get_logger(__name__)

_LONGEST = 2000  # characters of a reason


def began(settings: HeartbeatSettings) -> None:
    """Say that a run begins; never raises."""
    _call(settings, "/start")


def ended(settings: HeartbeatSettings, reason: str) -> None:
    """Say that a run was good, or why it was not; never raises."""
    _call(settings, "/fail" if reason else "", str(masked(reason))[:_LONGEST])
    if settings.file is None or reason:
        return
    try:
        settings.file.touch(mode=0o644)  # who watches it is somebody else
    except OSError as error:
        log.warning("heartbeat.failed", file=str(settings.file), error=error.strerror)


def _call(settings: HeartbeatSettings, path: str, body: str = "") -> None:
    if settings.url is None:
        return
    try:
        url = settings.url
        if is_secret_reference(url):
            url = resolve_secret(url, "heartbeat.url")
        with hushed(), requests.Session() as session:
            session.trust_env = False
            # A url with a query keeps it behind the path.
            base, mark, query = url.partition("?")
            session.post(
                f"{base.rstrip('/')}{path}{mark}{query}",
                data=body.encode(),
                timeout=settings.timeout,
                allow_redirects=False,
            ).raise_for_status()
    except SecretsUnusable as error:
        log.warning("heartbeat.failed", error="; ".join(error.problems))
    except requests.RequestException as error:
        # Its words hold the url, which is a secret.
        status = "" if error.response is None else f" {error.response.status_code}"
        log.warning("heartbeat.failed", error=f"{type(error).__name__}{status}")
