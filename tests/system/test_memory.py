"""Memory does not grow with the population (I12): ten times the contacts, nearly as much memory."""

import json
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
# The engine's own share, which is bounded (see workspace/memory.py), is 84 to 89 MB. When it was
# 43 MB, the identities in a list made it 90 MB.
MOST_GROWTH = 110  # MB
LETTERS = """
letters: {provider: Kestrel, mailbox: help@kestrel.example, client_area: "https://k.example/"}
"""


def megabytes(contacts: int, folder: Path) -> float:
    """Plan a population from its dump; give the most memory it took."""
    dump = folder / f"{contacts}.sql"
    with dump.open("wb") as file:
        command = [sys.executable, str(BENCHMARKS / "population.py"), "--contacts", str(contacts)]
        subprocess.run(command, stdout=file, check=True)
    command = [sys.executable, "-m", "syncd", "plan", "--backup", str(dump)]
    out = ["--out", str(folder / f"plan-{contacts}")]
    return held_by([*command, *out])


def test_ten_times_the_contacts_take_nearly_the_same_memory(tmp_path: Path) -> None:
    few, many = megabytes(2_000, tmp_path), megabytes(20_000, tmp_path)
    assert many - few < MOST_GROWTH, (few, many)
    few, many = megabytes_of_letters(2_000, tmp_path), megabytes_of_letters(20_000, tmp_path)
    assert many - few < MOST_GROWTH, (few, many)


def megabytes_of_letters(contacts: int, folder: Path) -> float:
    """Write the letters of a plan that was made; give the most memory it took."""
    config = folder / "letters.yaml"
    config.write_text(LETTERS, "utf-8")
    command = [sys.executable, "-m", "syncd", "letters", str(folder / f"plan-{contacts}")]
    where = ["--out", str(folder / f"letters-{contacts}"), "-c", str(config)]
    return held_by([*command, *where])


def held_by(command: list[str]) -> float:
    """Run a command; give the most MB it held, and not those of this process: see `child.py`."""
    between = [sys.executable, "-S", str(BENCHMARKS / "child.py")]
    done = subprocess.run([*between, *command], capture_output=True, check=False)
    assert done.returncode in (0, 5), done.stderr
    held: float = json.loads(done.stdout)[2]
    return held / 1024 / 1024


def test_the_memory_of_this_process_is_not_counted() -> None:
    mine = bytearray(500_000_000)
    assert held_by(["true"]) < len(mine) / 10_000_000
