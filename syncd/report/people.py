"""Writes the tables about people of a planned run, and counts what is in them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, islice
from pathlib import Path

from syncd.model.permission import ALL, Permissions, permissions
from syncd.model.roles import Risk, Roles, Tier
from syncd.report.choosing import choosing
from syncd.report.facts import SAMPLE, WATCHED, Access, Chooser, ChooserFacts, Holder, PeopleFacts
from syncd.report.roles import CHOOSERS, HIGH_RISK
from syncd.report.tables import CsvFile, write_csv
from syncd.workspace.workspace import Workspace


class Holders:
    """Counts logins by label and by what they hold, and lists those who hold what is dangerous."""

    def __init__(self, roles: Roles) -> None:
        self._roles = roles
        self._labels: Counter[str] = Counter()
        self._sets: Counter[Permissions] = Counter()  # of which there are few
        self._samples: dict[Tier, list[Holder]] = {tier: [] for tier in WATCHED}

    def listed(self, passing: Iterable[Access], folder: Path) -> Iterator[Access]:
        """Pass logins on, writing a row for each watched permission of each.

        Owners are left out: they may do everything, whatever the flags of a sub-account said.
        """
        watched = cache(self._watched)
        with CsvFile(folder / HIGH_RISK.file, HIGH_RISK.columns) as file:
            for access in passing:
                self._labels[access.label] += 1
                if access.state != "owner":
                    held = access.before if access.state == "waits" else access.after
                    self._sets[held] += 1
                    who = (access.email, access.account, access.account_name)
                    for permission, risk in watched(held):
                        row = (*who, permission, risk.tier, risk.words, access.state)
                        file.add(row)
                        sample = self._samples[risk.tier]
                        if len(sample) < SAMPLE:
                            sample.append(Holder(*row))
                yield access

    def _watched(self, held: Permissions) -> list[tuple[str, Risk]]:
        risks = ((permission, self._roles.risk(permission)) for permission in held)
        return [(permission, risk) for permission, risk in risks if risk.tier in WATCHED]

    def facts(self, choosers: ChooserFacts) -> PeopleFacts:
        tiers, holders = Counter[Tier](), Counter[str]()
        for held, number in self._sets.items():
            risks = self._watched(held)
            holders += Counter(dict.fromkeys((permission for permission, _ in risks), number))
            tiers += Counter(dict.fromkeys((risk.tier for _, risk in risks), number))
        known = permissions({*ALL, *holders})
        return PeopleFacts(
            labels=dict(sorted(self._labels.items())),
            tiers={tier: tiers[tier] for tier in WATCHED},
            holders={key: holders[key] for key in known if holders[key]},
            permissions={key: self._roles.risk(key) for key in known},
            holder_sample=tuple(islice(chain(*self._samples.values()), SAMPLE)),
            choosers=choosers,
        )


def write_choosers(workspace: Workspace, folder: Path) -> ChooserFacts:
    """Write who has to choose an account after login."""
    samples: dict[bool, list[Chooser]] = {True: [], False: []}
    numbers = Counter[bool]()

    def counted() -> Iterator[Chooser]:
        for row in choosing(workspace):
            chooser = Chooser(*row)
            numbers[chooser.new] += 1
            if len(samples[chooser.new]) < SAMPLE:
                samples[chooser.new].append(chooser)
            yield chooser

    total = write_csv(folder / CHOOSERS.file, CHOOSERS.columns, map(CHOOSERS.row, counted()))
    sample = tuple(islice(chain(samples[True], samples[False]), SAMPLE))
    return ChooserFacts(total, numbers[True], sample)
