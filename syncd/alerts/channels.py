"""The ways by which people are told. Each either takes a message or raises `NotTaken`."""

import importlib
import logging
import smtplib
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Protocol

from syncd.alerts.hushed import hushed
from syncd.alerts.message import Message
from syncd.config.secrets import resolve_secret
from syncd.config.telling import AlertSettings, MailSettings
from syncd.errors import SyncdError
from syncd.model.text import visible
from syncd.ports import Clock


class NotTaken(SyncdError):
    """A channel that did not take a message, and why; no secret is in it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = visible(" ".join(reason.split()))[:300]


class Channel(Protocol):
    """A way to tell people: a program, mail, or a service of Apprise."""

    @property
    def name(self) -> str: ...

    def send(self, message: Message, now: Clock) -> None:
        """Send a message; raises `NotTaken`, or `SecretsUnusable` for a secret it cannot read."""


def channels_of(settings: AlertSettings) -> Sequence[Channel]:
    """Give the channels that the config names; none is tried."""
    channels: list[Channel] = []
    if settings.command:
        channels.append(CommandChannel(settings.command, settings.timeout))
    if settings.mail:
        channels.append(MailChannel(settings.mail, settings.timeout))
    channels += [
        AppriseChannel(number, reference, settings.timeout)
        for number, reference in enumerate(settings.apprise)
    ]
    return channels


class CommandChannel:
    """A program that gets the message as JSON on its standard input; anything but 0 is a no."""

    name = "command"

    def __init__(self, words: Sequence[str], timeout: float) -> None:
        self._words = list(words)
        self._timeout = timeout

    def send(self, message: Message, _: Clock) -> None:
        try:
            done = subprocess.run(  # noqa: S603 (the words are the config's own)
                self._words, input=message.json, capture_output=True, timeout=self._timeout,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise NotTaken(f"it did not end within {self._timeout:g} seconds") from None
        except (OSError, ValueError) as error:
            raise NotTaken(f"cannot be started: {error}") from error
        if done.returncode:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise NotTaken(": ".join([f"it ended with {done.returncode}", *last]))


class MailChannel:
    """Mail by SMTP. Login and message only ever go encrypted, unless the config says otherwise."""

    name = "mail"

    def __init__(self, settings: MailSettings, timeout: float) -> None:
        self._settings = settings
        self._timeout = timeout

    def send(self, message: Message, now: Clock) -> None:
        settings = self._settings
        key = "alerts.mail.password"
        password = resolve_secret(settings.password, key) if settings.password else ""
        try:
            with self._connected() as server:
                if settings.user:
                    server.login(settings.user, password)
                refused = server.send_message(self._mail(message, now))
        except smtplib.SMTPResponseException as error:
            # Its repr may hold what was sent; the server's own words do not.
            said = error.smtp_error
            words = said.decode(errors="replace") if isinstance(said, bytes) else said
            raise NotTaken(f"{settings.host} answered {error.smtp_code} {words}") from None
        except smtplib.SMTPRecipientsRefused as error:
            raise NotTaken(f"{settings.host} takes no mail for any recipient") from error
        except UnicodeError:
            raise NotTaken("login or address has letters that the server cannot take") from None
        except (smtplib.SMTPException, OSError) as error:
            raise NotTaken(f"{settings.host}: {error}") from error
        if refused:
            raise NotTaken(f"{settings.host} took it, but not for {len(refused)} recipients")

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        settings = self._settings
        where = (settings.host, settings.port)
        context = ssl.create_default_context(cafile=settings.ca)
        if settings.security == "tls":
            with smtplib.SMTP_SSL(*where, timeout=self._timeout, context=context) as server:
                yield server
            return
        with smtplib.SMTP(*where, timeout=self._timeout) as server:
            if settings.security == "starttls":
                server.starttls(context=context)
            yield server

    def _mail(self, message: Message, now: Clock) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self._settings.sender
        mail["To"] = ", ".join(self._settings.to)
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(now())
        mail["Message-ID"] = make_msgid(domain=self._settings.sender.rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence note answers it
        mail.set_content(message.text)
        return mail


class AppriseChannel:
    """One URL of Apprise, which knows a hundred services."""

    def __init__(self, number: int, reference: str, timeout: float) -> None:
        self.name = f"apprise-{number + 1}"
        self._key = f"alerts.apprise.{number}"
        self._reference = reference
        self._timeout = timeout

    def send(self, message: Message, _: Clock) -> None:
        url = resolve_secret(self._reference, self._key)
        try:
            apprise = importlib.import_module("apprise")
        except ImportError:
            raise NotTaken('it needs the extra: pip install "syncd[alerts]"') from None
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines may hold the token
        service = apprise.Apprise()
        separator = "&" if "?" in url else "?"
        if not service.add(f"{url}{separator}cto={self._timeout:g}&rto={self._timeout:g}"):
            raise NotTaken("Apprise does not know such a URL, or it lacks something")
        kind = "info" if message.urgency in ("", "low", "normal") else "failure"
        with hushed():
            taken = service.notify(body=message.text, title=message.subject, notify_type=kind)
        if not taken:
            raise NotTaken("the service did not take it")
