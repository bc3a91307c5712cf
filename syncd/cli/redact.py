"""`syncd redact`: a plan's report for somebody who may not see who the people are."""

from pathlib import Path

from syncd.cli.configured import configured
from syncd.cli.printed import out
from syncd.model.text import visible
from syncd.report import redact

_KEY = "redact.key"  # in the state folder


def redact_plan(plan_dir: Path, out_dir: Path, key: Path | None, config: Path) -> None:
    """Write the report and the tables of a plan anew, with pseudonyms for people."""
    key = key or configured(config).state_dir / _KEY
    redact.write(plan_dir, out_dir, redact.Pseudonyms(redact.key_in(key)))
    out.print(
        visible(
            f"Report and tables of {plan_dir} without people, in {out_dir}. Names of hosts, files "
            f"and settings stay. Pseudonyms are made with {key}: keep it, and give it to nobody."
        ),
        markup=False,
    )
