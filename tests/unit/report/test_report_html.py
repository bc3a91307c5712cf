import base64
import hashlib
import re
from html.parser import HTMLParser

import msgspec
import pytest
from full_report import a_full_report
from report_fixture import (
    ACCESS,
    CASE,
    COUNTS,
    FACTS,
    HEADER,
    HELD_LINES,
    HOSTILE,
    MAILS,
    MATRIX,
    REFUSAL,
    a_report,
    an_empty_report,
)

from syncd.model.catalogue import CATALOGUE
from syncd.model.keys import user_key
from syncd.model.roles import Risk
from syncd.report import html
from syncd.report.asking import QuestionFacts, QuestionRow
from syncd.report.evidence import ClientLine, LegacyLine, Story
from syncd.report.facts import (
    ShownLogin,
    SourceLine,
    Stories,
)
from syncd.report.holding import Chooser, ChooserFacts, PeopleFacts, PermissionHolder
from syncd.report.moved import Movement, SinceFacts
from syncd.report.picture import picture
from syncd.report.schedule import WaveFacts, WavesAhead

_VOID = {"meta", "br", "hr", "img", "input", "link", "rect", "path", "wbr"}


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
        if not {"style", "script"} & set(self.open):
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
    assert re.search(r"web@agency.example Accounts to choose from: .*? person 3 1 3 yes", said)
    assert re.search(r"partner@fourthcoffee.example .*? no more of it. 2 2 2 no", said)


def test_nobody_holds_and_nobody_chooses_is_said():
    said = Page(html.render(an_empty_report())).said
    assert "Nobody but owners holds a critical or high permission." in said
    assert "Nobody: each login opens one account." in said


def test_every_permission_is_explained_in_plain_words_with_its_tier():
    said = the_page().said
    for key, risk in FACTS.people.permissions.items():
        assert f"{key} {risk.words} {risk.tier}" in said


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
        provider=HOSTILE,
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
    found = msgspec.structs.replace(
        CASE, scope=HOSTILE, account=HOSTILE, email=HOSTILE, detail=HOSTILE
    )
    return a_report(
        header=header,
        counts=counts,
        refusals=(refusal,),
        access_sample=(access,),
        matrix=(
            ShownLogin(access, (LegacyLine(HOSTILE, HOSTILE, HOSTILE, (HOSTILE,)),), (found,)),
        ),
        stories=Stories((), (Story(user_key(HOSTILE), (ClientLine(*[HOSTILE] * 5),)),)),
        cases=(found,),
        questions=QuestionFacts({HOSTILE: 1}, (QuestionRow(*[HOSTILE] * 8, 1, *[HOSTILE] * 4),)),
        since=SinceFacts(
            HOSTILE, HOSTILE, {"gains": 1}, (Movement(*[HOSTILE] * 5, (HOSTILE,), ()),)
        ),
        held_sample=(change,),
        mail_sample=(mail,),
        people=people,
    )


@pytest.mark.parametrize(
    "report",
    [a_report(), an_empty_report(), a_report(refusals=(REFUSAL,)), hostile_report()],
    ids=["busy", "empty", "refused", "hostile"],
)
def test_is_one_well_formed_page_that_loads_nothing_and_runs_our_script_alone(report):
    source = html.render(report)
    page = Page(source)
    assert source.startswith("<!DOCTYPE html>")
    assert not {"link", "img", "iframe", "object", "base"} & {n for n, _ in page.tags}
    for tag, attributes in page.tags:
        assert not {"src", "srcset", "action"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")], tag
        target = attributes.get("href") or "#"
        assert target.startswith("#") or target in html._FILES.values()
    (script,) = re.findall(r"<script>(.*?)</script>", source, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    style = re.findall(r"<style>(.*?)</style>", source, re.DOTALL)
    assert len(style) == 1
    assert "url(" not in style[0]
    assert "@import" not in style[0]
    assert not re.search(r"https?://|src=", source)
    policy = next(a for a in page.all("meta") if "http-equiv" in a)
    assert (policy["content"] or "").split("; ") == [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        f"script-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_the_verdict_is_the_first_thing_on_the_page():
    assert the_page().said.removeprefix("Ready with decisions: plan").lstrip().startswith("p-2026")
    heading = html.render(a_report()).partition("<h1>")[2].partition("</h1>")[0]
    assert heading == "Ready with decisions"
    assert "<h1>Not ready</h1>" in html.render(a_report(refusals=(REFUSAL,)))
    assert "<h1>Ready</h1>" in html.render(an_empty_report())


def test_says_that_nobody_gains_a_right():
    said = the_page().said
    assert "Nobody gains a right. 387 logins keep exactly the same rights." in said
    assert "gain a right may do more than before; only a decision by name may allow that 0" in said


def test_a_gain_is_an_alarm():
    said = the_page(logins={**FACTS.logins, "wider": 1}).said
    assert "Nobody gains" not in said
    assert "1 login gains a right." in said


def test_does_and_does_not_stand_side_by_side():
    said = the_page().said
    does, _, rest = said.partition("This plan does ")[2].partition(" It does not ")
    does_not = rest.partition(" When ")[0]
    assert does == (
        "12 users added. 371 memberships added. 11 memberships updated. 38 contacts added. "
        "371 invitations mailed to 329 people."
    )
    for sentence in (
        *("Nobody gains a right.", "14 logins wait: nothing is given or taken away yet."),
        *("1 login is left out: no access is made for them.", "6 changes are held: the account"),
        *("17 questions are left to a person", "4 rows are left", "1 task is left to staff"),
        *("left alone: 17 memberships, 5 users.", "No owner is changed."),
    ):
        assert sentence in does_not
    assert "Nobody loses a right" not in does_not


def test_where_nothing_is_to_be_applied_nothing_goes():
    page = Page(html.render(an_empty_report()))
    assert "When Nothing goes: there is no change to be applied." in page.said


def test_waves_are_a_schedule():
    said = the_page().said
    assert (
        "with this plan 371 7 days later "
        "2 later waves, from 2026-05-03 03:15 UTC to 2026-05-04 03:15 UTC "
        "2026-05-03 03:15 UTC: 500 invitations, until 2026-05-10 03:15 UTC "
        "2026-05-04 03:15 UTC: 200 invitations, until 2026-05-11 03:15 UTC "
        "700 2026-05-10 03:15 UTC to 2026-05-11 03:15 UTC all 1,071 "
    ) in said
    assert "waves.hours 08:00-20:00 Europe/Berlin" in said
    never = WavesAhead(now=0, later=12, beyond=12)
    assert "no time in sight, by the schedule and these limits 12" in (
        the_page(waves=WaveFacts(invitations=never)).said
    )
    none = WavesAhead(now=0)
    assert "There are no waves." in the_page(waves=WaveFacts(invitations=none, silent=none)).said


def test_what_differs_from_the_plan_before():
    said = the_page().said
    assert (
        "Since plan 0123456789ab, made 2026-05-01 01:00 UTC: by this plan 2 logins end up" in said
    )
    row = said.partition("Logins that come out otherwise")[2].partition("Counts")[0]
    assert "jane@dev.example Access loses a right: differs from the legacy rows Before" in row
    assert "Acme Widgets Ltd legacy/17 waits loses a right invoices none" in row
    nothing = the_page(since=SinceFacts("0123456789ab", "2026-05-01T01:00:00+00:00")).said
    assert "Nobody's access comes out otherwise than by plan 0123456789ab" in nothing
    assert "Since the plan before" not in Page(html.render(an_empty_report())).said


def test_provider_target_and_plan_head_the_page_and_each_printed_page():
    source = html.render(a_report())
    assert "<title>Ready with decisions: plan p-20260502-0100-7f3a of Kestrel Hosting" in source
    assert "Kestrel Hosting · target whmcs · plan p-20260502-0100-7f3a" in Page(source).said
    (head,) = re.findall(r"@top-left \{ content: \"(.*?)\"", source)
    read = re.sub(r"\\([0-9a-f]+) ", lambda sign: chr(int(sign[1], 16)), head)
    assert read == "Kestrel Hosting · target whmcs · plan p-20260502-0100-7f3a"


def test_a_person_unfolds_to_rows_flags_findings_and_answers():
    said = the_page().said.partition("r.castillo@humongous.example waits ")[2]
    assert said.startswith("Humongous Insurance (legacy/61): contact legacy/611, Somebody, has the")
    known = CATALOGUE["twin_logins_disjoint"]
    assert f"review {known.sentence} twin_logins_disjoint on legacy/61 R. Castillo / Rosa" in said
    for answer, consequence in known.answers.items():
        assert f"{answer} {consequence}" in said


def test_a_question_stands_with_names_proposal_and_answers():
    said = the_page().said.partition("Open questions one by one")[2]
    assert "r.castillo@humongous.example Humongous Insurance legacy/61 · full" in said
    assert "add membership r.castillo@humongous.example on legacy/61: invoices, tickets" in said
    assert "union all that any of them has: invoices, tickets leave no membership" in said
    assert "Shown: 1 of 17. The full table is in questions.csv." in said


def test_an_address_with_blanks_stands_on_one_line():
    row = msgspec.structs.replace(FACTS.questions.sample[0], emails="jane at dev.example")
    page = html.render(a_report(questions=QuestionFacts({row.on: 1}, (row,))))
    assert "<bdi>jane at dev.example</bdi>" in page


@pytest.mark.parametrize("report", [a_report(), an_empty_report(), a_full_report()])
def test_the_contents_name_every_section_in_its_order(report):
    """Both are numbered: one that is left out gives two numbers to all that follow."""
    page = html.render(report)
    nav = page[page.index("<nav") : page.index("</nav>")]
    assert re.findall('href="#([a-z]+)"', nav) == re.findall('<h2 id="h-([a-z]+)">', page)


def test_a_cell_that_unfolds_below_its_words_is_sorted_by_these():
    """Else by what the fold says, which is the same in each row."""
    page = html.render(a_full_report())
    cells = re.findall(r"<t[hd]([^>]*)>((?:(?!</t[hd]>).)*?)<details>", page, re.DOTALL)
    below = [attributes for attributes, words in cells if words.strip()]
    assert below
    assert [each for each in below if "data-sort=" not in each] == []


def test_rules_and_findings_that_are_named_are_explained():
    page = the_page()
    ids = {attributes["id"] for _, attributes in page.tags if attributes.get("id")}
    targets = {a["href"].removeprefix("#") for a in page.all("a") if a["href"].startswith("#")}
    assert targets <= ids
    assert {"rule-parent", "rule-unsupported", "code-twin_logins_disjoint"} <= targets


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
    drawn = picture(COUNTS)
    assert sum(flow.number for flow in drawn.flows) == COUNTS.contacts
    assert sum(float(flow.thickness) for flow in drawn.flows) == pytest.approx(
        float(drawn.bar_height), abs=0.1
    )
    assert sum(float(flow.height) for flow in drawn.flows) == pytest.approx(
        float(drawn.height), abs=0.1
    )


def test_no_contact_at_all_is_no_division_by_zero():
    none = msgspec.structs.replace(COUNTS, contacts=0, dispositions={})
    assert "0 contacts = 0 logins" in the_page(counts=none).said


def test_the_matrix_shows_letters_not_only_colour():
    page = html.render(a_report(matrix=MATRIX[:1]))
    row = page.partition('<th scope="row"><bdi>Acme Widgets Ltd</bdi>')[2].partition("</tr>")[0]
    assert "".join(re.findall(r"<b>(.)</b>", row)) == "LLK··K·K·L·LL"
    assert page.count('class="m l"><b>L<') == 5 + 1  # and the legend
    assert 'title="View &amp; Pay Invoices (invoices)">inv<' in page


def test_all_accounts_of_a_person_stand_together():
    page = html.render(a_report())
    (group,) = re.findall(r"<tbody id=\"p\d+\"[^>]*web@agency.example.*?</tbody>", page, re.DOTALL)
    for name in ("Fabrikam GmbH &amp; Co. KG", "Lamna Healthcare", "Proseware"):
        assert f'<th scope="row"><bdi>{name}</bdi>' in group


def test_a_permission_outside_the_thirteen_gets_a_column():
    odd = msgspec.structs.replace(ACCESS[0], after=("newkey",), state="wider")
    assert 'title="newkey (newkey)">new<' in html.render(a_report(matrix=(ShownLogin(odd),)))


def test_truncated_tables_say_where_the_full_one_is():
    said = the_page(logins={"narrower": 3000}).said
    assert f"Shown: {len(ACCESS)} of 3,000 logins" in said
    assert "The full table is in access.csv." in said
    assert "Shown: 6 of 23. The full table is in changes.csv." in said
    assert "Shown: 5 of 371. The full table is in mails.csv." in said
    assert "findings.csv lists every case" in said


def test_a_hostile_name_is_shown_and_never_obeyed():
    source = html.render(hostile_report())
    assert "\u202e" not in source
    assert "\x1b" not in source
    assert source.count("<script") == 1  # our own
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
    assert len([a["id"] for _, a in page.tags if a.get("id")]) == len(
        {a["id"] for _, a in page.tags if a.get("id")}
    )
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
