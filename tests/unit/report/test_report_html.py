import re
from html.parser import HTMLParser

import msgspec
import pytest
from report_fixture import (
    ACCESS,
    COUNTS,
    FACTS,
    HEADER,
    HELD_LINES,
    HOSTILE,
    MAILS,
    REFUSAL,
    a_report,
    an_empty_report,
)

from syncd.model.roles import Risk
from syncd.report import html
from syncd.report.facts import Chooser, ChooserFacts, PeopleFacts, PermissionHolder, SourceLine

_VOID = {"meta", "br", "hr", "img", "input", "link", "rect", "path"}


class Page(HTMLParser):
    """A page as its tags, attributes and words; fails on a tag that is not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(page)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.words += " "
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"{tag} was never opened"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words += data

    @property
    def said(self) -> str:
        return " ".join(self.words.split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def the_page(**facts):
    return Page(html.render(a_report(**facts)))


def test_people_have_a_section_with_words_and_numbers():
    said = the_page().said
    assert "manageproducts change the passwords of services and control panels critical 121" in said
    assert "any of these critical 131" in said
    assert "Shown: 2 of 444. The full table is in high_risk.csv" in said
    assert "billing 211" in said
    assert "23 people have several accounts under one login" in said
    assert "web@agency.example 3 1 3 yes" in said
    assert "partner@fourthcoffee.example 2 2 2 no" in said


def test_nobody_holds_and_nobody_chooses_is_said():
    said = Page(html.render(an_empty_report())).said
    assert "Nobody but owners holds a critical or high permission." in said
    assert "Nobody: each login opens one account." in said


def test_every_permission_is_explained_in_plain_words_with_its_tier():
    said = the_page().said
    for key, risk in FACTS.people.permissions.items():
        assert f"{key} {risk.tier}: {risk.words}" in said


def hostile_report():
    """Put the hostile value wherever the data can put one."""
    access = msgspec.structs.replace(
        ACCESS[0],
        account=HOSTILE,
        account_name=HOSTILE,
        email=HOSTILE,
        before=(HOSTILE,),
        why=HOSTILE,
    )
    change = msgspec.structs.replace(
        HELD_LINES[0], key=f"membership:legacy/1:{HOSTILE}", rule=HOSTILE, why=HOSTILE
    )
    mail = msgspec.structs.replace(
        MAILS[0], email=HOSTILE, account=HOSTILE, account_name=HOSTILE, permissions=(HOSTILE,)
    )
    source = SourceLine(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, 1, 1, (HOSTILE,))
    header = msgspec.structs.replace(
        HEADER,
        plan=HOSTILE,
        made_at=HOSTILE,
        sources=(source,),
        target=HOSTILE,
        target_origin=HOSTILE,
        policy={HOSTILE: HOSTILE},
    )
    refusal = msgspec.structs.replace(REFUSAL, fuse=HOSTILE, why=HOSTILE)
    counts = msgspec.structs.replace(COUNTS, dispositions={HOSTILE: 1}, unmanaged={HOSTILE: 2})
    risk = Risk("critical", HOSTILE)
    people = PeopleFacts(
        labels={HOSTILE: 1},
        tiers={"critical": 1},
        holders={HOSTILE: 1},
        permissions={HOSTILE: risk},
        holder_sample=(PermissionHolder(*[HOSTILE] * 4, "critical", HOSTILE, HOSTILE),),
        choosers=ChooserFacts(1, 1, (Chooser(HOSTILE, 1, 1, 2, HOSTILE),)),
    )
    return a_report(
        header=header,
        counts=counts,
        refusals=(refusal,),
        access_sample=(access,),
        held_sample=(change,),
        mail_sample=(mail,),
        people=people,
    )


@pytest.mark.parametrize(
    "report",
    [a_report(), an_empty_report(), a_report(refusals=(REFUSAL,)), hostile_report()],
    ids=["busy", "empty", "refused", "hostile"],
)
def test_is_one_well_formed_page_that_loads_and_runs_nothing(report):
    source = html.render(report)
    page = Page(source)
    assert source.startswith("<!DOCTYPE html>")
    assert not {"script", "link", "img", "iframe", "object", "base"} & {n for n, _ in page.tags}
    for tag, attributes in page.tags:
        assert not {"src", "srcset", "action"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")], tag
        assert (attributes.get("href") or "#").startswith("#")
    style = re.findall(r"<style>(.*?)</style>", source, re.DOTALL)
    assert len(style) == 1
    assert "url(" not in style[0]
    assert "@import" not in style[0]
    assert not re.search(r"https?://|src=", source)
    policy = next(a for a in page.all("meta") if "http-equiv" in a)
    assert "default-src 'none'" in (policy["content"] or "")


def test_the_verdict_is_the_first_thing_on_the_page():
    assert the_page().said.removeprefix("Ready with decisions: plan").lstrip().startswith("p-2026")
    heading = html.render(a_report()).partition("<h1>")[2].partition("</h1>")[0]
    assert heading == "Ready with decisions"
    assert "<h1>Not ready</h1>" in html.render(a_report(refusals=(REFUSAL,)))
    assert "<h1>Ready</h1>" in html.render(an_empty_report())


def test_says_that_nobody_gains_a_right():
    page = the_page()
    assert "Nobody gains a right." in page.said
    assert "Gain a right: 0" in page.said


def test_a_gain_is_an_alarm_and_comes_first():
    gains = msgspec.structs.replace(
        ACCESS[1], email="late@dev.example", state="wider", after=("orders", *ACCESS[1].before)
    )
    page = the_page(access_sample=(*ACCESS, gains), logins={**FACTS.logins, "wider": 1})
    assert "Nobody gains" not in page.said
    assert "1 login gains a right." in page.said
    assert page.said.index("late@dev.example") < page.said.index("jane@dev.example")


def test_counts_that_add_up_and_counts_that_do_not():
    assert "adds up 1,204 contacts = 401 logins + 6 owners" in the_page().said
    assert "alert" not in [a.get("role") for _, a in the_page().tags]
    wrong = the_page(counts=msgspec.structs.replace(COUNTS, contacts=1300))
    assert (
        "Error. The counts do not add up: 1,300 legacy contacts in, 1,204 accounted" in wrong.said
    )
    assert "96 unaccounted" in wrong.said
    assert "alert" in [a.get("role") for _, a in wrong.tags]


def test_the_picture_has_a_ribbon_for_every_contact():
    picture = html._picture(COUNTS)
    assert sum(flow.number for flow in picture.flows) == COUNTS.contacts
    assert sum(float(flow.thickness) for flow in picture.flows) == pytest.approx(
        float(picture.bar_height), abs=0.1
    )
    assert sum(float(flow.height) for flow in picture.flows) == pytest.approx(
        float(picture.height), abs=0.1
    )


def test_no_contact_at_all_is_no_division_by_zero():
    none = msgspec.structs.replace(COUNTS, contacts=0, dispositions={})
    assert "0 contacts = 0 logins" in the_page(counts=none).said


def test_the_matrix_shows_letters_not_only_colour():
    report = a_report(access_sample=ACCESS[:1])
    groups = {group.state: group for group in html._groups(report)}
    letters = "".join(letter for letter, _ in groups["narrower"].people[0].marks)
    assert letters == "LLK..K.K.L.LL"
    page = html.render(report)
    assert page.count('class="m lost">L<') == 5 + 1  # and the legend
    assert 'title="View &amp; Pay Invoices (invoices)">inv<' in page


def test_a_permission_outside_the_thirteen_gets_a_column():
    odd = msgspec.structs.replace(ACCESS[0], after=("newkey",), state="wider")
    assert 'title="newkey (newkey)">new<' in html.render(a_report(access_sample=(odd,)))


def test_truncated_tables_say_where_the_full_one_is():
    many = tuple(
        msgspec.structs.replace(ACCESS[1], account=f"legacy/{number}") for number in range(200)
    )
    said = the_page(access_sample=many, logins={"narrower": 3000}).said
    assert "2,940 more in access.csv" in said
    assert "Shown: 6 of 23. The full table is in changes.csv." in said
    assert "Shown: 5 of 371. The full table is in mails.csv." in said
    assert "findings.csv lists every case" in said


def test_a_hostile_name_is_shown_and_never_obeyed():
    source = html.render(hostile_report())
    assert "\u202e" not in source
    assert "\x1b" not in source
    assert "<script" not in source
    assert r"\u202e&lt;script&gt;alert(&#39;x&#39;)" in source
    assert "{{ 7*7 }}" in source
    assert Page(source).said.count("<script>alert('x')</script>") >= 15


def test_is_readable_without_eyes():
    page = the_page()
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert set(levels) == {1, 2}
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(attributes.get("scope") for attributes in page.all("th"))
    targets = {a["href"] for a in page.all("a")}
    assert targets <= {f"#{a['id']}" for _, a in page.tags if a.get("id")}
    assert page.all("html")[0]["lang"] == "en"


def test_asks_to_be_signed():
    said = the_page().said
    assert "Not signed" in said
    for word in ("Role", "Name", "Date", "Signature", "A signature is for this plan and no other."):
        assert word in said


def test_sources_target_and_policy_are_named():
    said = the_page().said
    assert "backup: shop-2026-05-01.sql.gz" in said
    assert "2026-05-01 23:10 UTC" in said
    assert "tblcontacts has no column affiliateemails; read as off" in said
    assert "WHMCS 8.13.1 at portal.hosting.example" in said
    assert "mode no-removals" in said
    assert "17 memberships, 5 users" in said


def test_is_deterministic():
    shuffled = msgspec.structs.replace(HEADER, policy=dict(reversed(HEADER.policy.items())))
    assert html.render(a_report()) == html.render(a_report(header=shuffled))
