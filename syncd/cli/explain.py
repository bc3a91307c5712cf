"""Why: one key from its legacy rows to the verdict, as a tree that can be pasted into a ticket."""

from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.tree import Tree

from syncd import __version__
from syncd.cli.configured import configured
from syncd.cli.printed import out, show_json
from syncd.cli.reasons import Backdrop, hidden, identities_of, tree_of
from syncd.config import decisions
from syncd.config.config import Config
from syncd.config.effective import digest
from syncd.config.files import load_mapping, suppressed
from syncd.config.places import journal_of
from syncd.convert import encoded
from syncd.convert.permissions import flag_reader
from syncd.convert.rows import Rules
from syncd.errors import UnknownKey
from syncd.journal.glance import Glance, PastRun, glancing
from syncd.workspace import last_plan
from syncd.workspace.last_plan import KeptPlan, Origin, PlanMade


class Explained(NamedTuple):
    """Why, and the plan that says so, None for one that was made to find out; and a later one."""

    why: Tree
    by: PlanMade | None = None
    later: PastRun | None = None


def show_why(
    key: str, config: Path, backup: Path | None, *, now: bool, as_json: bool = False
) -> None:
    explained = None if now or backup else _by_last_plan(key, configured(config))
    if explained is None:
        from syncd.cli.anew import by_a_new_plan

        explained = Explained(by_a_new_plan(key, config, backup))
    why, by, later = explained
    if as_json:
        plan = by and {"plan": by.plan, "made_at": by.made_at, "later": later and later.run_id}
        show_json(1, key=key, plan=plan, why=[_said(branch) for branch in why.children])
        return
    # Nothing is cut: wrapped on a terminal, whole lines where another program reads.
    wide = out if out.is_terminal else Console(highlight=False, width=10_000)
    wide.print(why, soft_wrap=False)
    if by is not None:
        out.print(_by(by, later))


def _by(plan: PlanMade, later: PastRun | None) -> str:
    said = f"By plan {plan.plan} of {_at(plan.made_at)}; with --now, by both sides as they are now."
    if later is None:
        return said
    return f"{said}\nIt is not the last: run {later.run_id} planned on {_at(later.started_at)}."


def _at(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M} UTC"


def _said(tree: Tree) -> dict[str, Any]:
    return {"says": str(tree.label), "because": [_said(branch) for branch in tree.children]}


# --- by the last plan -----------------------------------------------------------------------


def _by_last_plan(key: str, config: Config) -> Explained | None:
    """Give what the last plan says, None where it is not kept or was made by another config."""
    decided = decisions.load(config.decisions)
    reader = encoded.reader(Rules(flag_reader(load_mapping(config.mapping)), decisions=decided))
    known = Backdrop(reader, decided, suppressed(config.policy.suppressed), {})
    origin = Origin(f"{__version__} {digest(config)}", decided.digest)
    with last_plan.last_plan(config.state_dir / last_plan.FILE, origin) as kept:
        if kept is None:
            return None
        try:
            with glancing(journal_of(config), config.target.name) as glance:
                why = looked_up(key, glance, kept, known)
                return Explained(why, kept.made, glance.planned_after(kept.made.run))
        except UnknownKey:
            by, at = kept.made.plan, _at(kept.made.made_at)
            then = f", as plan {by} read them on {at}; --now reads them again"
            raise UnknownKey(key, then) from None


def looked_up(key: str, glance: Glance, kept: KeptPlan, known: Backdrop) -> Tree:
    """Show what a plan said of a key, and what runs have done since. Raises `UnknownKey`."""
    if known.hides(key):
        return hidden(key)
    kept.seek(key)
    identities = identities_of(key, kept.con, known)
    keys = kept.excerpt(identities)
    kept.take_applied([(each.key, each.body, each.at) for each in glance.written(keys)])
    for past in glance.changes_after(kept.made.last_change, keys):
        known.since.setdefault(past.change.key, []).append(past)
    return tree_of(key, identities, kept.con, known)
