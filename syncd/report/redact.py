"""A plan's report without people: names and addresses become pseudonyms, the same each time.

Pseudonyms are made with a key that stays with the provider, so that two redacted reports can be
compared, and nobody else can tell whether an address he knows is in one. Ids, permissions, rules,
numbers and moments stay. What is quoted from the data becomes a pseudonym as a whole, and so does
whatever is not listed here.
"""

import csv
import hmac
import os
import re
import secrets
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec

from syncd.decide.rules import rule_in, sentence_of
from syncd.errors import StoreError
from syncd.model.identity import normalise
from syncd.model.keys import parts_of
from syncd.report import jsonfile, plan
from syncd.report.asking import addresses_in, proposal_in
from syncd.report.cells import CsvFile, original, private
from syncd.report.facts import Facts, Report
from syncd.report.files import drafted, write_renderings
from syncd.report.questions import SEPARATOR
from syncd.report.summary import summarise

# The first part of a name is its table or its value where the same name is something else there.
_KEPT = """
    account contact_id accounts state before after lost gained waiting password password_after label
    labels permission permissions tier words logins_before accounts_before accounts_after new verb
    kind reason verdict rule severity code case sentence advice everything sent_at expires_at times
    where category change login billing_contact orders pay_methods tickets ticket_replies
    social_logins basis done target_client fuse made_at syncd plan version taken_at undoes made_on
    cutover_date target origin target_origin asked_by_id recorded_at observed_at ticket ended_at
    owner_confirmed_at new_owner_confirmed_at SourceLine.name passwords.csv.why access.csv.why
    recipients.csv.why people.csv.why role has_user language changes answers on at advice
    ReadinessCheck.name wants lacks next until limits state_before gained provider
    Access.why Recipient.why Irreversible.why mail status
"""
_ADDRESSES = "email client_email owner_email invite new_owner asked_by OwnershipRequest.owner"
_KEYS = "key scope"
# Ours, with addresses.
_SENTENCES = """
    task why answer policy remarks target_remarks unused_entries sentences
"""
_NAMES = """
    account_name names client client_phone owner name first_name last_name who detail data by
    because recorded_by
    flags rejected_by
    owner_confirmed_by new_owner_confirmed_by
"""
_ADDRESS = re.compile(r"[^\s:<>\"'(),;]+@[^\s:<>\"'(),;]+")
KEY_BYTES = 32


class Pseudonyms:
    """What stands for people: the same for the same value, as long as the key is the same."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        ways = (
            (_KEPT, str),
            (_ADDRESSES, self.address),
            (_KEYS, self.key),
            (_SENTENCES, self.sentence),
            ("emails", self.addresses),
            ("holds", self.proposals),
            (_NAMES, self.name),
        )
        self.ways: dict[str, Callable[[str], str]] = {
            name: way for names, way in ways for name in names.split()
        }

    def shown(self, place: str, name: str, value: str) -> str:
        """Give what may be shown of a value; `place` is its table's file or its struct's name."""
        way = self.ways.get(f"{place}.{name}") or self.ways.get(name, self.name)
        return way(value)

    def address(self, address: str) -> str:
        return f"person-{self._tag(normalise(address))}@redacted.invalid" if address else ""

    def addresses(self, cell: str) -> str:
        return " ".join(map(self.address, addresses_in(cell)))

    def proposals(self, cell: str) -> str:
        return SEPARATOR.join(map(self._proposal, filter(None, cell.split(SEPARATOR))))

    def _proposal(self, line: str) -> str:
        proposal = proposal_in(line)
        if proposal is None:  # part of an address that has a bar in it
            return self.name(line)
        verb, key, rights = proposal
        return f"{verb.value} {self.key(key)}{rights and f': {rights}'}"

    def name(self, value: str) -> str:
        return f"name-{self._tag(value)}" if value else ""

    def key(self, key: str) -> str:
        email = parts_of(key).email
        return key.removesuffix(email) + self.address(email) if email else key

    def sentence(self, sentence: str) -> str:
        return _ADDRESS.sub(lambda match: self.address(match[0]), sentence)

    def _tag(self, value: str) -> str:
        return hmac.digest(self._key, value.encode("utf-8", "surrogatepass"), "sha256").hex()[:12]


def key_in(path: Path) -> bytes:
    """Give the key of a file, which is made where there is none; raises `StoreError`."""
    try:
        if not path.exists():
            with os.fdopen(private(path), "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
    except OSError as error:
        raise StoreError(path, error.strerror or str(error)) from error
    if len(key) < KEY_BYTES:
        raise StoreError(path, f"a key has at least {KEY_BYTES} bytes, and it has {len(key)}")
    return key


def write(folder: Path, out: Path, pseudonyms: Pseudonyms) -> None:
    """Write the report and the tables of a plan anew, without people.

    Not the plan itself, which nobody else may apply. Raises `PlanUnusable`, `StoreError`.
    """
    plan.load(folder)
    if out.resolve() == folder.resolve():
        raise StoreError(out, "it is the plan's own folder")
    with drafted(out) as drafts:
        for table in sorted(folder.glob("*.csv")):
            _write_table(table, drafts / table.name, pseudonyms)
        report = _write_json(folder, drafts, pseudonyms)
        write_renderings(drafts, report)


def _write_table(path: Path, redacted: Path, pseudonyms: Pseudonyms) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        with CsvFile(redacted, rows.fieldnames or ()) as table:
            for row in rows:
                cells = {name: original(value) for name, value in row.items()}
                table.add(tuple(_redacted(path.name, cells, pseudonyms).values()))


def _redacted(place: str, cells: Mapping[str, str], pseudonyms: Pseudonyms) -> dict[str, str]:
    shown = {name: pseudonyms.shown(place, name, value) for name, value in cells.items()}
    # What a rule says of one change may quote data; its sentence does not.
    if rule_in(cells.get("rule", "")):
        shown["why"] = sentence_of(cells["rule"])
    return shown


def _write_json(folder: Path, drafts: Path, pseudonyms: Pseudonyms) -> Report:
    """Write report.json anew; gives the redacted report."""
    whole = jsonfile.report_in(folder)
    facts: Facts = _without_people(whole.facts, "", pseudonyms)
    # The sentences are made of the facts; the checks name nobody.
    report = msgspec.structs.replace(summarise(facts), cutover=whole.cutover)
    with jsonfile.opened(drafts, report) as listed:
        for finding in jsonfile.findings(folder):
            listed.add(_without_people(finding, "", pseudonyms))
    return report


def _without_people(value: Any, name: str, pseudonyms: Pseudonyms, place: str = "") -> Any:
    """Give a value with pseudonyms wherever it names people, however deep; `name` is its field."""
    match value:
        case msgspec.Struct():
            fields = {
                field: _without_people(
                    getattr(value, field), field, pseudonyms, type(value).__name__
                )
                for field in value.__struct_fields__
            }
            if "why" in fields and rule_in(fields.get("rule", "")):
                fields["why"] = sentence_of(fields["rule"])
            return msgspec.structs.replace(value, **fields)
        case tuple():
            return tuple(_without_people(each, name, pseudonyms, place) for each in value)
        case dict():
            return {
                key: _without_people(each, name, pseudonyms, place) for key, each in value.items()
            }
        case str() if not isinstance(value, Enum):
            return pseudonyms.shown(place, name, value)
        case _:
            return value
