"""What goes onto a machine beside the program: unit files and the example of a config."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from syncd.config.config import Config, load

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "systemd").glob("*.service")) + sorted((ROOT / "systemd").glob("*.timer"))


def test_there_are_units() -> None:
    assert UNITS


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_has_nothing_to_say_against_a_unit(unit: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        raise RuntimeError("these tests need systemd-analyze: apt-get install systemd")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_example_of_a_config_loads() -> None:
    config = load(ROOT / "config.example.yaml")
    assert config.sources
    assert config.target.kind == "whmcs"


def test_the_example_names_every_key() -> None:
    text = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
    given = yaml.safe_load(text)
    for section, field in Config.model_fields.items():
        assert section in given or f"#{section}:" in text, section
        model = field.annotation
        for key in getattr(model, "model_fields", {}):
            assert f"{key}:" in text, f"{section}.{key}"
