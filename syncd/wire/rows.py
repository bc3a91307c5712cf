r"""Rows of MySQL's text protocol, taken from what has arrived by the hundred, and made text.

PyMySQL calls a dozen functions for each row, and four for each value. Only rows that lie whole in
the buffer pass it by; all else of the protocol stays PyMySQL's, whose version is pinned for this:
login, TLS, patience, errors. asyncmy has a function in C that takes a buffer of rows apart; where
it is not installed, or stumbles over a row, this module does the same.
"""

from collections.abc import Callable
from functools import cache
from io import BufferedReader
from typing import TYPE_CHECKING, Any, TypeAlias

from pymysql import connections
from pymysql.err import InternalError

from syncd.model.text import Utf8

if TYPE_CHECKING:  # in running PyMySQL the class takes no parameter
    from pymysql.cursors import Cursor

    _Base = connections.Connection[Cursor]
else:
    _Base = connections.Connection

Row: TypeAlias = "tuple[str | None, ...]"
# Given a buffer, where what has arrived begins and ends in it, how many values a row has, and the
# number of the next packet: appends the rows that lie there whole, and gives where they end and
# which number comes next. It stops before all else: an end, an error, part of a row, what is too
# large for one packet, a number out of turn. Raises `InternalError`.
Take = Callable[[bytearray, int, int, int, int, list[Row], Utf8], tuple[int, int]]

# What begins a value: its length, or how many bytes the length has; 251 is NULL.
_NULL = 251
_WIDTHS = {252: 2, 253: 3, 254: 8}

_HEADER = 4  # bytes before a packet: its size and its number
_LARGEST = (1 << 24) - 1  # a packet of this size is continued by the next
_ERROR, _END = 0xFF, 0xFE  # what they begin with; a value of so many bytes is larger than any end
_END_SIZE = 9

_ROOM = 256 * 1024  # bytes that are asked for at a time
_SLACK = 16  # asyncmy looks at the length of a value before it looks whether that much is there


def split_row(packet: bytes, fields: int, decode: Utf8) -> Row:
    """Give the values of a row of so many fields; raises `InternalError` where it has fewer."""
    row: list[str | None] = []
    at, size = 0, 0
    text = packet.decode("latin-1")  # a character a byte: what is ASCII is right already
    try:
        for _ in range(fields):
            size = packet[at]
            at += 1
            if size >= _NULL:
                if size == _NULL:
                    row.append(None)
                    continue
                width = _WIDTHS[size]
                size = int.from_bytes(packet[at : at + width], "little")
                at += width
            row.append(text[at : at + size])
            at += size
    except (IndexError, KeyError):
        at = len(packet) + 1
    if at > len(packet):
        raise InternalError(0, "a row of the answer is not as long as it says")
    if "".join(filter(None, row)).isascii():
        return tuple(row)
    return tuple(
        value if value is None or value.isascii() else decode(value.encode("latin-1"))
        for value in row
    )


def take_rows(
    buffer: bytearray, at: int, end: int, fields: int, number: int, rows: list[Row], decode: Utf8
) -> tuple[int, int]:
    """Take rows from a buffer, see `Take`."""
    while end - at > _HEADER:
        size = int.from_bytes(buffer[at : at + 3], "little")
        start = at + _HEADER
        if buffer[at + 3] != number or not 0 < size < _LARGEST or size > end - start:
            break
        if buffer[start] == _ERROR or (buffer[start] == _END and size < _END_SIZE):
            break
        rows.append(split_row(bytes(buffer[start : start + size]), fields, decode))
        at = start + size
        number = (number + 1) % 256
    return at, number


@cache
def taker() -> Take:
    """Give what takes rows from a buffer: asyncmy where it is installed."""
    try:  # here, for it takes a while to load
        from asyncmy import errors, protocol  # noqa: PLC0415

        parse = protocol.parse_rows_from_buffer
    except (ImportError, AttributeError):
        return take_rows
    # Bytes that are no text, rows that are not as long as they say, and lengths beyond all reason.
    stumbles = UnicodeDecodeError, errors.InternalError, SystemError, MemoryError

    def take(
        buffer: bytearray,
        at: int,
        end: int,
        fields: int,
        number: int,
        rows: list[Row],
        decode: Utf8,
    ) -> tuple[int, int]:
        taken = len(rows)
        try:
            after: tuple[int, int] = parse(buffer, at, end, (_TEXT,) * fields, number, rows)
        except stumbles:
            del rows[taken:]
            return take_rows(buffer, at, end, fields, number, rows, decode)
        return after

    return take


_TEXT = (1, "", None)  # how asyncmy names a value that is UTF-8, and of which no more is made


class TextConnection(_Base):
    """A connection whose values come as text, see `Utf8`."""

    _rfile: Any
    _next_seq_id: int

    def __init__(self, *, decode: Utf8, **options: Any) -> None:
        self.decode = decode
        super().__init__(**options, use_unicode=False, conv={}, defer_connect=True)

    def connect(self, sock: Any = None) -> None:
        super().connect(sock)
        self._rfile = _Arrived(self._rfile)

    def take(self, fields: int, rows: list[Row]) -> None:
        """Append the rows that have arrived whole; they have so many values."""
        number = self._next_seq_id
        self._next_seq_id = self._rfile.take(taker(), fields, number, rows, self.decode)

    def _read_query_result(self, unbuffered: bool = False) -> int:  # noqa: FBT001, FBT002 (theirs)
        if unbuffered:
            msg = "rows are read by pages"
            raise NotImplementedError(msg)
        self._result: Any = None
        result: Any = _RowsOfText(self)
        result.read()
        self._result = result
        if result.server_status is not None:
            self.server_status = result.server_status
        return int(result.affected_rows)


class _RowsOfText(connections.MySQLResult):
    def _read_rowdata_packet(self) -> None:
        connection: Any = self.connection
        rows: list[Row] = []
        while True:
            connection.take(self.field_count, rows)
            packet = connection._read_packet()  # noqa: SLF001 (what PyMySQL's own does)
            if self._check_packet_is_eof(packet):  # type: ignore[attr-defined]
                break
            rows.append(split_row(packet.get_all_data(), self.field_count, connection.decode))
        self.affected_rows = len(rows)
        self.rows = rows


class _Arrived:
    """What the server has sent and nobody has read, in place of PyMySQL's own buffer."""

    def __init__(self, stream: BufferedReader) -> None:
        self._stream = stream
        self._buffer = bytearray(_ROOM + _SLACK)
        self._at = self._end = 0

    def read(self, size: int) -> bytes:
        """Give so many bytes, and less only where no more will come; raises OSError."""
        while self._end - self._at < size:
            if not self._receive(size):
                break
        taken = bytes(self._buffer[self._at : min(self._at + size, self._end)])
        self._at += len(taken)
        return taken

    def take(self, take: Take, fields: int, number: int, rows: list[Row], decode: Utf8) -> int:
        """Append the rows that are there whole; gives the number of the packet behind them."""
        self._at, number = take(self._buffer, self._at, self._end, fields, number, rows, decode)
        return number

    def close(self) -> None:
        self._stream.close()

    def _receive(self, size: int) -> int:
        """Wait for more, with room for so many bytes in all; gives how many came."""
        waiting = self._buffer[self._at : self._end]
        self._buffer[: len(waiting)] = waiting
        self._at, self._end = 0, len(waiting)
        lacking = size + _SLACK - len(self._buffer)
        if lacking > 0:
            self._buffer += bytes(lacking)
        with memoryview(self._buffer)[self._end : -_SLACK] as room:
            came = self._stream.readinto1(room)
        self._end += came
        return came
