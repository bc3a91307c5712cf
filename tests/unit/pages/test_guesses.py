"""Whoever guesses the password of the pages must wait, by an injected clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk import SmallProvider
from structlog.testing import capture_logs
from werkzeug.datastructures import Authorization

from syncd.pages import door as doors
from syncd.pages.app import create_app
from syncd.pages.door import GUESSES, SPAN, Door, Guesses

PASSWORD, TOKEN = "p" * 12, "t" * 12
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HERE, ELSEWHERE = "192.0.2.7", "192.0.2.8"
RIGHT = Authorization("basic", {"username": "support", "password": PASSWORD})
WRONG = Authorization("basic", {"username": "support", "password": "guess"})


class Clock:
    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def guesses(clock):
    return Guesses(clock)


@pytest.fixture
def provider(tmp_path: Path) -> SmallProvider:
    return SmallProvider(tmp_path)


@pytest.fixture
def ask(provider):
    """Ask for something that is there without a plan, from an address, with what is shown."""
    client = create_app(
        provider.desk(), Door(user="support", password=PASSWORD, token=TOKEN)
    ).test_client()

    def asked(shown, remote=HERE, path="/icon.svg"):
        return client.get(path, auth=shown, environ_overrides={"REMOTE_ADDR": remote})

    return asked


def test_after_ten_wrong_ones_nothing_is_looked_at_until_time_has_passed(provider, ask):
    for _ in range(GUESSES):
        assert ask(WRONG).status_code == 401
    for shown in (WRONG, RIGHT, Authorization("bearer", token=TOKEN)):
        refused = ask(shown)
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == str(SPAN.seconds)
        assert "WWW-Authenticate" not in refused.headers
        assert "Too many wrong passwords" in refused.text

    provider.later(seconds=SPAN.seconds - 1)
    assert ask(RIGHT).headers["Retry-After"] == "1"
    provider.later(seconds=1)
    assert ask(RIGHT).status_code == 200


def test_others_are_let_in_and_whoever_shows_nothing_is_told_how_to_knock(ask):
    for _ in range(GUESSES):
        ask(WRONG)
    assert ask(RIGHT).status_code == 429
    assert ask(RIGHT, ELSEWHERE).status_code == 200
    assert ask(None).status_code == 401
    assert ask(None).headers["WWW-Authenticate"].startswith("Basic ")
    assert ask(None, path="/health").status_code == 503  # no plan yet, and no riddle


def test_a_few_slips_and_any_number_of_right_ones_cost_nothing(provider, ask):
    for _ in range(GUESSES - 1):
        ask(WRONG)
    for _ in range(3 * GUESSES):
        assert ask(RIGHT).status_code == 200
    provider.later(seconds=SPAN.seconds)
    for _ in range(GUESSES - 1):
        assert ask(WRONG).status_code == 401
    assert ask(RIGHT).status_code == 200


def test_each_refusal_is_logged_with_its_wait_and_no_secret(ask):
    with capture_logs() as lines:
        for _ in range(GUESSES + 1):
            ask(WRONG)
    assert {line["event"] for line in lines} == {"pages.refused"}
    assert {line["remote"] for line in lines} == {HERE}
    assert [line["wait"] for line in lines] == [0] * (GUESSES - 1) + [SPAN.seconds] * 2
    assert "guess" not in str(lines)


def test_where_nothing_is_locked_nothing_is_counted(provider):
    client = create_app(provider.desk(), Door()).test_client()
    for _ in range(2 * GUESSES):
        assert client.get("/icon.svg", auth=WRONG).status_code == 200


@pytest.mark.parametrize(
    ("remote", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.7", HERE, True),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        (HERE, ELSEWHERE, False),
        ("", "", True),
    ],
)
def test_whoever_has_one_address_of_a_network_has_them_all(guesses, remote, other, same):
    for _ in range(GUESSES):
        guesses.note(remote)
    assert (guesses.wait(other) > 0) == same


def test_the_window_slides(clock, guesses):
    for _ in range(GUESSES):
        guesses.note(HERE)
        clock.time += SPAN / GUESSES
    assert guesses.wait(HERE) == 0
    guesses.note(HERE)
    assert 0 < guesses.wait(HERE) <= SPAN.seconds / GUESSES


def test_a_clock_that_is_set_back_locks_nobody_out_for_long(clock, guesses):
    for _ in range(GUESSES):
        guesses.note(HERE)
    clock.time -= timedelta(days=400)
    assert guesses.wait(HERE) == SPAN.seconds


def test_a_crowd_of_guessers_takes_no_more_memory(monkeypatch, guesses):
    monkeypatch.setattr(doors, "CALLERS", 3)
    for number in range(5):
        for _ in range(GUESSES):
            guesses.note(f"192.0.2.{number}")
    waits = [guesses.wait(f"192.0.2.{number}") for number in range(5)]
    assert waits == [0, 0, *[SPAN.seconds] * 3]
