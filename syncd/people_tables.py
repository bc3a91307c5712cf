"""Writes the tables about people of a planned run, and counts what is in them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, islice
from pathlib import Path

from syncd.model.permission import ALL, Permissions, permissions
from syncd.model.roles import Risk, Roles, Tier
from syncd.report.people import WATCHED, Chooser, ChooserFacts, Holder, PeopleFacts
from syncd.report.roles import CHOOSERS, HIGH_RISK
from syncd.report.summary import SAMPLE, Access
from syncd.report.tables import CsvFile, write_csv
from syncd.store import people
from syncd.store.workspace import Workspace


class Holders:
    """Counts logins by label and tier as they pass, and lists those who hold what is dangerous."""

    def __init__(self, roles: Roles) -> None:
        self._roles = roles
        self._labels: Counter[str] = Counter()
        self._tiers: Counter[str] = Counter()
        self._holders: Counter[str] = Counter()
        self._samples: dict[Tier, list[Holder]] = {tier: [] for tier in WATCHED}

    def listed(self, passing: Iterable[Access], folder: Path) -> Iterator[Access]:
        """Pass logins on, writing a row for each watched permission of each.

        Owners are left out: they may do everything, whatever the flags of a sub-account said.
        """
        watched = cache(self._watched)  # there are few distinct sets
        with CsvFile(folder / HIGH_RISK.file, HIGH_RISK.columns) as file:
            for access in passing:
                self._labels[access.label] += 1
                if access.state != "owner":
                    risks = watched(access.before if access.state == "waits" else access.after)
                    self._tiers.update({risk.tier for _, risk in risks})
                    for permission, risk in risks:
                        file.add(HIGH_RISK.row(self._counted(access, permission, risk)))
                yield access

    def _watched(self, held: Permissions) -> list[tuple[str, Risk]]:
        risks = ((permission, self._roles.risk(permission)) for permission in held)
        return [(permission, risk) for permission, risk in risks if risk.tier in WATCHED]

    def _counted(self, access: Access, permission: str, risk: Risk) -> Holder:
        who = (access.email, access.account, access.account_name)
        holder = Holder(*who, permission, risk.tier, risk.words, access.state)
        self._holders[permission] += 1
        sample = self._samples[risk.tier]
        if len(sample) < SAMPLE:
            sample.append(holder)
        return holder

    def facts(self, choosers: ChooserFacts) -> PeopleFacts:
        known = permissions({*ALL, *self._holders})
        return PeopleFacts(
            labels=dict(sorted(self._labels.items())),
            tiers={tier: self._tiers[tier] for tier in WATCHED},
            holders={key: self._holders[key] for key in known if self._holders[key]},
            permissions={key: self._roles.risk(key) for key in known},
            holder_sample=tuple(islice(chain(*self._samples.values()), SAMPLE)),
            choosers=choosers,
        )


def write_choosers(workspace: Workspace, folder: Path) -> ChooserFacts:
    """Write who has to choose an account after login."""
    samples: dict[bool, list[Chooser]] = {True: [], False: []}
    numbers = Counter[bool]()

    def counted() -> Iterator[Chooser]:
        for row in people.choosing(workspace):
            chooser = Chooser(*row)
            numbers[chooser.new] += 1
            if len(samples[chooser.new]) < SAMPLE:
                samples[chooser.new].append(chooser)
            yield chooser

    total = write_csv(folder / CHOOSERS.file, CHOOSERS.columns, map(CHOOSERS.row, counted()))
    sample = tuple(islice(chain(samples[True], samples[False]), SAMPLE))
    return ChooserFacts(total, numbers[True], sample)
