"""Rows of MySQL's protocol are taken apart as PyMySQL takes them apart."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pymysql.err import InternalError
from pymysql.protocol import MysqlPacket

from syncd.wire.rows import split_row

VALUES = st.lists(st.none() | st.binary(max_size=300), min_size=1, max_size=8)


def packed(value: bytes | None) -> bytes:
    if value is None:
        return b"\xfb"
    size = len(value)
    if size < 251:
        return bytes([size]) + value
    if size < 1 << 16:
        return b"\xfc" + size.to_bytes(2, "little") + value
    return b"\xfd" + size.to_bytes(3, "little") + value


@given(VALUES)
@example([b"x" * 250, b"y" * 251, None, b"", b"z" * 65535, b"z" * 65536])
def test_a_row_is_what_pymysql_reads(values: list[bytes | None]) -> None:
    data = b"".join(map(packed, values))
    packet = MysqlPacket(data, "utf8")
    assert split_row(data, len(values)) == tuple(values)
    assert [packet.read_length_coded_string() for _ in values] == values


@given(VALUES, st.integers(1, 400))
def test_a_row_that_is_cut_or_too_long_is_refused(values: list[bytes | None], cut: int) -> None:
    data = b"".join(map(packed, values))
    for wrong in (data[: -min(cut, len(data))], data + b"\xfb"):
        with pytest.raises(InternalError):
            split_row(wrong, len(values))
    with pytest.raises(InternalError):
        split_row(b"\xff" + data, len(values) + 1)
