"""How far a stage is, where no terminal is attached: with totals, and how long it will take."""

from pathlib import Path

from structlog.testing import capture_logs

from syncd.cli.progress import logged, with_last_totals


def test_a_long_stage_says_how_many_of_how_many_and_for_how_long_yet() -> None:
    moments = iter([0, 30, 60, 61, 120, 125])
    show = logged(lambda: float(next(moments)))
    with capture_logs() as lines:
        for done in (0, 500, 1000, 1500, 2000):
            show("apply", done, 4000)
        show("extract", 60_000, None)

    assert [tuple(line.get(name) for name in FIELDS) for line in lines] == [
        ("apply", 1000, 4000, 180),
        ("apply", 2000, 4000, 120),
        ("extract", 60_000, None, None),
    ]


FIELDS = ("stage", "done", "total", "seconds_left")


def test_what_nobody_can_count_beforehand_goes_by_the_last_time(tmp_path: Path) -> None:
    shown: list[tuple[str, int, int | None]] = []

    def night(rows: int) -> list[tuple[str, int, int | None]]:
        shown.clear()
        with with_last_totals(tmp_path, lambda *each: shown.append(each)) as progress:
            progress("extract", rows // 2, None)
            progress("extract", rows, None)
            progress("judge", 1, 2)
        return list(shown)

    assert night(10) == [("extract", 5, None), ("extract", 10, None), ("judge", 1, 2)]
    assert night(14) == [("extract", 7, 10), ("extract", 14, None), ("judge", 1, 2)]
    assert night(14)[:2] == [("extract", 7, 14), ("extract", 14, 14)]
    (tmp_path / "stages.json").write_text("{", encoding="utf-8")
    assert night(4)[0] == ("extract", 2, None)
