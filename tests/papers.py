"""The papers of plans that are kept, to be read when they change: in tests/data/papers."""

import os
from pathlib import Path

KEPT = Path(__file__).parent / "data" / "papers"
PAPERS = ("report.txt", "report.md", "report.json", "access.csv", "questions.csv", "worksheet.csv")
REWRITE = bool(os.environ.get("SYNCD_REWRITE_CASES"))


def compare(path: Path, content: str) -> None:
    """Compare with a file that is kept, or write it anew, where SYNCD_REWRITE_CASES says so."""
    if REWRITE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())
    assert content == path.read_bytes().decode()


def compare_papers(name: str, folder: Path) -> None:
    for paper in PAPERS:
        compare(KEPT / name / paper, (folder / paper).read_bytes().decode())
