"""The HTTP side of the WHMCS API: requests out, replies or typed errors in.

Knows the API's manners and nothing of resources. No secret reaches an error, a repr or a log.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit, urlunsplit

import requests
import stamina

from syncd.errors import (
    IncompleteRead,
    NoAnswer,
    TargetUnavailable,
    Throttled,
    Transient,
    Unreached,
    Unreadable,
    WriteRefused,
)
from syncd.model.connection import ApiConnection
from syncd.wire import bodies
from syncd.wire.bodies import Reply
from syncd.wire.bounds import TooLarge, body_of, endless
from syncd.wire.masking import scrubber
from syncd.wire.messages import READING, Answer, Row, judge, number, rows
from syncd.wire.pacer import LONGEST_PAUSE, Pacer
from syncd.wire.unreached import never_left, passing, reason
from syncd.wire.way import Way

Param = str | int
Params = Mapping[str, Param]

PATIENCE = 180.0  # seconds during which a reading call may be tried again
_ATTEMPTS = 5  # of a reading call
_SECRET_FIELDS = frozenset({"secret", "password", "accesskey", "password2", "password_hash"})
_WHO_FIELDS = frozenset({"identifier", "username"})
_COMING_UP = 4.0  # seconds in which who never answered yet is asked again
_REMARKS = 5  # of a target, all different; a message with a moment in it would go on for ever
_TELLING = 8  # characters of a name that is masked: `us` and `admin` are words of any sentence


class ReadingClient:
    """Calls reading actions, and cannot call any other (I3). For any number of threads."""

    def __init__(
        self,
        name: str,
        connection: ApiConnection,
        actions: Collection[str] = READING,
        pacer: Pacer | None = None,
    ) -> None:
        """Use `connection`; `actions` are all that it may ever call, only reading ones.

        Clients of one target share a `pacer`; without one, calls go one after the other.
        """
        self.name = name
        self.page_size = connection.page_size
        self._pacer = pacer or Pacer()
        self.connections = self._pacer.connections
        self._actions = frozenset(actions) & frozenset(READING)
        self._connection = connection
        self._url = endpoint(connection.url)
        self._of_thread = threading.local()
        self.ahead = timedelta()  # of our clock before that of who answers, by the last reply
        self.said: datetime | None = None  # what time it was there, by the last reply
        self._remarks: dict[str, None] = {}
        self._made_at = time.monotonic()
        self._retrying = stamina.RetryingCaller(
            attempts=_ATTEMPTS, timeout=PATIENCE, wait_initial=0.5, wait_max=20.0
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    @property
    def remarks(self) -> tuple[str, ...]:
        """What its replies hold beside what they say: sentences for the report, each once."""
        return tuple(self._remarks)[:_REMARKS]

    def call(self, action: str, **params: Param) -> Reply:
        """Ask for `action`, again while what went wrong may heal; raises `TargetError`s."""
        if action not in self._actions:
            raise WriteRefused(action, "not an action that reads")
        return self._retrying(self._pause, self._post, action, params)

    def pages(self, action: str, **params: Param) -> Iterator[Row]:
        """Yield every row of a list once, by `id`; raises `IncompleteRead` unless it is whole.

        `limitnum` among `params` is for pages of another size than `page_size`.

        A list that moved while it was read is read once more. A row that vanished between the two
        passes may have been given: who acts on a row looks again first.
        """
        ids = Ids()
        for _ in range(2):
            gap = yield from self._pass(action, params, ids)
            if not gap:
                return
        raise IncompleteRead(self.name, f"{action}: {gap}")

    def _pass(self, action: str, params: Params, ids: "Ids") -> Generator[Row, None, str]:
        """Read a list from start to end; return what shows that it was not whole, or ""."""
        container, element = READING[action]
        met, start, total, first = Ids(), 0, 0, None
        while True:
            reply = self.page(action, start, **params)
            page = rows(action, reply.get(container), element)
            before, total = total, number(action, reply, "totalresults")
            first = total if first is None else first
            if reason := endless(total, first):
                raise IncompleteRead(self.name, f"{action}: {reason}")
            known = met.count
            for row in page:
                row_id = number(action, row, "id")
                met.add(row_id)
                if ids.add(row_id):
                    yield row
            if page and met.count == known:  # it would go on for ever
                return f"a page that holds nothing new, at row {start}"
            if total < before:
                return f"totalresults fell from {before} to {total} between two pages"
            # By what came, not by what was asked for: limitnum may be capped in silence.
            start += number(action, reply, "numreturned", len(page)) or len(page)
            if not page or start >= total:
                return "" if met.count == total else f"{met.count} of {total} rows"

    def page(self, action: str, start: int, **params: Param) -> Reply:
        """Ask for the rows of a list from `start` on.

        Raises `IncompleteRead` where one of them makes all of them unreadable.
        """
        try:
            size = {"limitnum": self.page_size}
            return self.call(action, **{**size, **params, "limitstart": start})
        except Unreadable as error:
            reason = self._unreadable_part(action, params, start)
            if not reason:
                raise
            raise IncompleteRead(self.name, f"{action}: {reason} ({error.message})") from error

    def _unreadable_part(self, action: str, params: Params, start: int) -> str:
        """Say which row spoils a page, found by halves; "" where no part of it can be read."""
        whole = int(params.get("limitnum", self.page_size))
        size, before, readable = whole, "", False
        while size > 1:
            half = size // 2
            part = self._part(action, params, start, half)
            if part is None:
                size = half
                continue
            readable = True
            before = f", behind id {number(action, part[-1], 'id')}" if part else before
            start, size = start + half, size - half
        if self._part(action, params, start, 1) is not None:
            return f"{whole} rows at once cannot be read, and fewer can: lower page_size"
        # Is it the row, or whoever answers as such?
        if not readable and self._part(action, params, start + 1, 1) is None:
            return ""
        return f"row {start + 1} of the list{before} cannot be read: correct it where it is kept"

    def _part(self, action: str, params: Params, start: int, size: int) -> list[Row] | None:
        container, element = READING[action]
        try:
            reply = self._post(action, {**params, "limitstart": start, "limitnum": size})
        except Unreadable:
            return None
        return rows(action, reply.get(container), element)

    def _post(self, action: str, params: Params) -> Reply:
        """Send one request and judge its answer: the only place where anything leaves."""
        form = {name: str(value) for name, value in params.items()}
        form |= credentials(self._connection)
        scrub = _scrubber(form, self._connection)
        with self._pacer.call(action):
            return self._send(action, form, scrub)

    def _send(self, action: str, form: Mapping[str, str], scrub: Callable[[str], str]) -> Reply:
        try:
            response = self._way().post({**form, "action": action, "responsetype": "json"})
            content = body_of(response)
        except requests.RequestException as error:
            why = scrub(reason(error, self._url, self._connection.timeout))
            # Without its cause: that one holds the request, and the request the credentials.
            if never_left(error):
                raise Unreached(action, why, passing=passing(error)) from None
            raise (TargetUnavailable if action in READING else NoAnswer)(action, why) from None
        except TooLarge as error:
            lost = TargetUnavailable if action in READING else NoAnswer
            raise lost(action, str(error)) from None
        self._pacer.heard = True
        if response.status_code == 403:
            # Reported: a socket kept alive that answers 403 until it is opened afresh.
            self._way().close()
        with suppress(ValueError, TypeError):  # no Date, none that can be read, or without a zone
            said = parsedate_to_datetime(response.headers.get("Date", ""))
            self.ahead = datetime.now(UTC) - said
            self.said = said
        body = bodies.read(content)
        if body.remark and len(self._remarks) < _REMARKS:
            self._remarks[scrub(body.remark)] = None
        answer = Answer(action, response.status_code, response.headers, body, len(content))
        return judge(answer, scrub)

    def _pause(self, error: Exception) -> bool | float:
        """Say whether, and after how many seconds where the target says so, to ask again.

        Where no connection came about from the start, the way is wrong: but for the first seconds,
        in which a network or a server may still come up, there is nothing to wait for.
        """
        if isinstance(error, Throttled) and error.retry_after is not None:
            return error.retry_after if error.retry_after <= LONGEST_PAUSE else False
        if isinstance(error, Unreached) and not self._pacer.heard:
            return error.passing and time.monotonic() - self._made_at < _COMING_UP
        return isinstance(error, Transient)

    def _way(self) -> Way:
        """Give this thread's own way to the target: they may not be shared."""
        way: Way | None = getattr(self._of_thread, "way", None)
        if way is None:
            way = self._of_thread.way = Way(self._url, self._connection)
        return way


def credentials(connection: ApiConnection) -> dict[str, str]:
    """Give what proves who we are, as form fields: a credential, or an admin's own login."""
    key = {"accesskey": connection.access_key} if connection.access_key else {}
    if connection.identifier and connection.secret:
        by_name = connection.credential_fields == "identifier"
        who, proof = ("identifier", "secret") if by_name else ("username", "password")
        return {who: connection.identifier, proof: connection.secret} | key
    # WHMCS may drop this login one day. MD5 is what the API asks for; the protection is TLS.
    password = (connection.password or "").encode()
    digest = hashlib.md5(password, usedforsecurity=False).hexdigest()
    return {"username": connection.username or "", "password": digest} | key


def endpoint(url: str) -> str:
    """Give the URL of api.php for a system URL, or for what is that URL already."""
    parts = urlsplit(url.strip())
    path = parts.path.rstrip("/")
    if not path.endswith("/api.php"):
        path = path.removesuffix("/includes") + "/includes/api.php"
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def system_url(url: str) -> str:
    """Give the URL of the system in one spelling, by which it is told from another."""
    parts = urlsplit(endpoint(url))
    host = parts.netloc.rpartition("@")[2].lower()
    return urlunsplit((parts.scheme, host, parts.path.removesuffix("includes/api.php"), "", ""))


def _scrubber(form: Mapping[str, str], connection: ApiConnection) -> Callable[[str], str]:
    """Give a function that takes everything secret in a request out of a text."""
    secrets = {value for name, value in form.items() if name in _SECRET_FIELDS}
    secrets |= {
        value for name, value in form.items() if name in _WHO_FIELDS and len(value) >= _TELLING
    }
    for url in filter(None, (connection.url, connection.proxy)):
        secrets.add(unquote(urlsplit(url).password or ""))
    return scrubber(secrets)


class Ids:
    """Ids met so far, a bit each: they are dense, and there may be a million."""

    def __init__(self) -> None:
        self.count = 0
        self._bits: dict[int, int] = {}

    def add(self, number: int) -> bool:
        """Add an id; say whether it is new."""
        block, bit = number >> 10, 1 << (number & 1023)
        bits = self._bits.get(block, 0)
        self._bits[block] = bits | bit
        new = not bits & bit
        self.count += new
        return new
