from syncd.cli.lines import fitted

WORDS = """The decisions in /srv/decisions.yaml cannot be used:
  - line 3: the answer is not among those that this question has, which are apply and leave
Look at docs/decisions.md."""


def test_lines_break_between_words_and_go_on_under_their_start() -> None:
    assert (
        fitted(WORDS, 50)
        == """The decisions in /srv/decisions.yaml cannot be
used:
  - line 3: the answer is not among those that
    this question has, which are apply and leave
Look at docs/decisions.md."""
    )


def test_lines_that_fit_stay_as_they_are() -> None:
    assert fitted(WORDS, 100) == WORDS
    assert fitted("", 50) == ""


def test_a_long_path_is_not_torn() -> None:
    path = "/srv/" + 60 * "x"
    assert fitted(f"Cannot use {path}: it is a folder.", 50).split("\n")[1] == f"{path}:"
