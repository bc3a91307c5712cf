"""Rows of MySQL's protocol are taken apart as PyMySQL does it, with asyncmy and without."""

import sys
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pymysql.err import InternalError
from pymysql.protocol import MysqlPacket

from syncd.model.text import Utf8, utf8
from syncd.wire import rows as wire
from syncd.wire.rows import Row, Take, split_row, take_rows, taker

TEXTS = st.text(max_size=300).map(str.encode) | st.binary(max_size=300)
VALUES = st.lists(st.none() | TEXTS, min_size=1, max_size=8)


def packed(value: bytes | None) -> bytes:
    if value is None:
        return b"\xfb"
    size = len(value)
    if size < 251:
        return bytes([size]) + value
    if size < 1 << 16:
        return b"\xfc" + size.to_bytes(2, "little") + value
    return b"\xfd" + size.to_bytes(3, "little") + value


def packet(data: bytes, number: int) -> bytes:
    return len(data).to_bytes(3, "little") + bytes([number % 256]) + data


@given(VALUES)
@example([b"x" * 250, b"y" * 251, None, b"", b"z" * 65535, b"z" * 65536])
@example([b"\xff\xfe", "Zürich".encode(), None, b"plain"])
def test_a_row_is_what_pymysql_reads(values: list[bytes | None]) -> None:
    data = b"".join(map(packed, values))
    decode = Utf8()
    row = split_row(data, len(values), decode)
    assert row == tuple(None if value is None else utf8(value) for value in values)
    theirs = MysqlPacket(data, "utf8")
    assert [theirs.read_length_coded_string() for _ in values] == values
    strange = [value for value in values if value is not None and not is_text(value)]
    assert decode.strange == len(strange)


def is_text(value: bytes) -> bool:
    return utf8(value).encode() == value


@given(VALUES, st.integers(1, 400))
def test_a_row_that_is_cut_is_refused(values: list[bytes | None], cut: int) -> None:
    data = b"".join(map(packed, values))
    for wrong in (data[: -min(cut, len(data))], b"\xff" + data):
        with pytest.raises(InternalError, match="not as long as it says"):
            split_row(wrong, len(values), Utf8())


@pytest.fixture(params=["asyncmy", "without"])
def take(request: pytest.FixtureRequest) -> Take:
    if request.param == "without":
        return take_rows
    assert taker() is not take_rows, "asyncmy is not installed"
    return taker()


ENDS = {
    "nothing": b"",
    "the end": packet(b"\xfe\0\0\2\0", 7),
    "an error": packet(b"\xff\x27\x05#70100killed", 7),
    "a row out of turn": packet(b"\1x", 8),
    "part of a row": packet(b"\5hello", 7)[:-1],
    "part of a header": b"\2\0",
    "no more than a header": b"\2\0\0\7",
    "nothing in a packet": packet(b"", 7),
    "what is continued": b"\xff\xff\xff\7\xfd\xfb\xff\xff" + bytes((1 << 24) - 5),
}


@pytest.mark.parametrize("end", ENDS)
def test_rows_are_taken_up_to_what_is_none(take: Take, end: str) -> None:
    data = b"".join(packet(packed(b"%d" % n), n) for n in range(260, 263))
    rows: list[Row] = [("before",)]
    buffer = bytearray(b"??" + data + ENDS[end] + bytes(16))
    arrived = 2 + len(data) + len(ENDS[end])
    assert take(buffer, 2, arrived, 1, 4, rows, Utf8()) == (2 + len(data), 7)
    assert rows == [("before",), ("260",), ("261",), ("262",)]


def test_a_number_follows_upon_255(take: Take) -> None:
    rows: list[Row] = []
    buffer = bytearray(packet(b"\1a", 255) + packet(b"\1b", 256) + bytes(16))
    assert take(buffer, 0, 12, 1, 255, rows, Utf8()) == (12, 1)
    assert rows == [("a",), ("b",)]


def test_what_is_no_text_is_shown_and_counted_once(take: Take) -> None:
    data = b"".join(packet(packed(b"a") + packed(value), 0) for value in (b"b",))
    data += packet(packed(b"\xff\xfe") + packed("Zoë".encode()), 1)
    data += packet(packed(b"\xc3") + packed(None), 2)
    rows: list[Row] = [("before", "it")]
    decode = Utf8()
    assert take(bytearray(data + bytes(16)), 0, len(data), 2, 0, rows, decode)[1] == 3
    assert rows == [("before", "it"), ("a", "b"), ("\\xff\\xfe", "Zoë"), ("\\xc3", None)]
    assert decode.strange == 2


LENGTHS = st.sampled_from([b"\xfc", b"\xfd", b"\xfe", b"\xfe" + b"\xff" * 8, b"\xff", b"\xfb"])
BYTES = st.lists(st.binary(max_size=12) | LENGTHS, max_size=5).map(b"".join)


@given(st.lists(BYTES, max_size=4), st.integers(1, 4))
@example([b"\x01a", b"\xfe" + b"\xff" * 7 + b"\x7f" + b"b" * 9], 1)
@example([b"\xfe" + (1 << 63).to_bytes(8, "little") + b"b" * 9], 1)
@example([b"\x02ab and more than there should be"], 1)
def test_with_asyncmy_any_bytes_mean_what_they_mean_without(data: list[bytes], fields: int) -> None:
    buffer = b"".join(packet(payload, n) for n, payload in enumerate(data))
    results = []
    for take in (taker(), take_rows):
        rows: list[Row] = []
        decode = Utf8()
        try:
            after = take(bytearray(buffer + bytes(16)), 0, len(buffer), fields, 0, rows, decode)
            results.append((after, rows, decode.strange))
        except InternalError as error:
            results.append(error.args)
    assert results[0] == results[1]


@pytest.fixture
def chosen_anew() -> Iterator[None]:
    wire.taker.cache_clear()
    yield
    wire.taker.cache_clear()


@pytest.mark.parametrize("missing", ["asyncmy", "asyncmy.protocol"])
def test_without_asyncmy_rows_are_taken_all_the_same(
    missing: str, chosen_anew: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    if missing != "asyncmy":  # which remembers its parts
        monkeypatch.delattr("asyncmy.protocol")
    assert taker() is take_rows


def test_another_asyncmy_without_that_function_is_not_used(
    chosen_anew: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("asyncmy.protocol.parse_rows_from_buffer")
    assert taker() is take_rows
