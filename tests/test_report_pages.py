"""The report's files have bounds, whatever the number of targets, accounts and teams: what is left out is counted."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.model.notice import Delivery, PlainData
from reconciler.model.plan import Decision, Verdict
from reconciler.publish.attention import attention_of
from reconciler.publish.file_names import file_name, is_page
from reconciler.publish.finished_run import finished_run
from reconciler.publish.report import BOUNDS, report_files
from reconciler.publish.report_pages import Bounds
from reconciler.render.templates import Renderer
from tests.build import NOW, decision, ledger_of, plan, repository
from tests.notices import DUE

NOWHERE = Path(__file__).parent / "none"
VERDICTS = ("satisfied", "scheduled", "held", "exempt")
SMALL = Bounds(whole=2_000, matters=2_000, table=2_000, page=14_000, part=9_000, listed=3)


def targets(count: int, accounts: int = 3, teams: int = 2) -> list[Decision]:
    made = [
        decision(
            number,
            f"account-{number % accounts}",
            team=f"team-{number % accounts % teams}",
            verdict=VERDICTS[number % 4],
            why="so it stands",
            due=DUE if number % 4 == 1 else None,
        )
        for number in range(count)
    ]
    return sorted(made, key=lambda one: (one.account, one.task, one.target))


def files_of(
    decisions: Sequence[Decision], bounds: Bounds = BOUNDS, renderer: Renderer | None = None
) -> dict[str, str]:
    run = finished_run(repository(), plan(*decisions), [], ledger_of(), NOW)
    files = report_files(run, attention_of(run), Delivery(), renderer or Renderer(NOWHERE), bounds)
    return {path: content.decode() for path, content in files.items()}


def rows(page: str, decisions: Sequence[Decision]) -> list[Decision]:
    """The targets in the order in which a page first shows them."""
    by_target = {f"`{one.target}`": one for one in decisions}
    found = re.findall(r"^\| (`arn:[^`]*`) \|", page, re.MULTILINE)
    return [by_target[target] for target in dict.fromkeys(found)]


def test_what_fits_stays_on_the_first_page() -> None:
    files = files_of(targets(40))
    assert files.keys() == {"README.md", "report.json"}
    assert {one.target for one in rows(files["README.md"], targets(40))} == {one.target for one in targets(40)}
    assert "## account-0\n" in files["README.md"]


def test_what_does_not_fit_has_a_page_for_each_team_and_account() -> None:
    made = targets(40)
    files = files_of(made, replace(BOUNDS, whole=2_000))
    pages = {f"accounts/account-{n}.md" for n in range(3)} | {f"teams/team-{n}.md" for n in range(2)}
    assert files.keys() == {"README.md", "report.json", *pages}
    assert all(is_page(path) == (path in pages) for path in files)
    for path in pages:
        name, shown = Path(path).stem, rows(files[path], made)
        assert {one.target for one in shown} == {one.target for one in made if name in (one.account, one.team)}
        assert f"]({path}) |" in files["README.md"]


def test_both_pages_show_the_same_row() -> None:
    files = files_of(targets(40), replace(BOUNDS, whole=0))
    of_team, of_account = (set(files[path].splitlines()) for path in ("teams/team-1.md", "accounts/account-1.md"))
    assert {line for line in of_account if "arn:" in line} <= of_team


def test_what_needs_somebody_comes_first_and_what_is_settled_last() -> None:
    made = targets(40)
    for page in (files_of(made)["README.md"].partition("## account-0")[2], files_of(made, SMALL)["teams/team-0.md"]):
        shown = [one.verdict for one in rows(page.partition("## account-1")[0], made)]
        assert shown
        order = [Verdict.HELD, Verdict.SCHEDULED, Verdict.EXEMPT, Verdict.SATISFIED]
        assert shown == sorted(shown, key=order.index)


@pytest.mark.parametrize(("count", "accounts"), [(0, 1), (1, 1), (300, 1), (300, 100), (600, 7)])
def test_no_file_is_larger_than_its_bound_and_what_is_left_out_is_counted(count: int, accounts: int) -> None:
    made = targets(count, accounts, teams=accounts)
    files = files_of(made, SMALL)
    assert all(len(text.encode()) <= SMALL.page for path, text in files.items() if path.endswith(".md"))
    assert all(len(text.encode()) <= SMALL.part + 2_000 for path, text in files.items() if path.endswith(".json"))
    counts = Counter(one.account for one in made)
    for account in counts if len(files) > 2 else ():
        page = files[f"accounts/{account}.md"]
        more = re.search(r"and (\d+) more", page)
        assert len(rows(page, made)) + (int(more[1]) if more else 0) == counts[account]
        assert f"{counts[account]} target" in page


def test_the_overview_counts_the_accounts_and_what_needs_somebody_beyond_its_bounds() -> None:
    readme = files_of(targets(300, 100, 100), SMALL)["README.md"]
    held, accounts = readme.partition("## Coming")[0], readme.partition("## Accounts")[2]
    assert len(re.findall(r"^\| `arn:", held, re.MULTILINE)) + int(re.findall(r"and (\d+) more,", held)[0]) == 75
    shown = len(re.findall(r"^\| \[account-", accounts, re.MULTILINE))
    assert 0 < shown < 100
    assert f"and {100 - shown} more accounts" in accounts


def test_report_json_names_its_parts_and_they_hold_every_target_once() -> None:
    made = targets(120, 3)
    files = files_of(made, replace(SMALL, part=20_000))
    report = json.loads(files["report.json"])
    assert report["version"] == 2
    assert set(report["parts"]) == {path for path in files if path.startswith("accounts/") and path.endswith(".json")}
    assert len(report["parts"]) > 3  # an account that is too large has several
    parts = [json.loads(files[part])["decisions"] for part in report["parts"]]
    assert [one["target"] for part in parts for one in part] == [one.target for one in made]
    assert all(len({one["account"] for one in part}) == 1 for part in parts)
    assert all(map(is_page, report["parts"]))
    whole = json.loads(files_of(made)["report.json"])
    assert whole["decisions"] == [one for part in parts for one in part]


def test_one_change_changes_one_account_and_one_team() -> None:
    made = targets(40, 4, 4)
    before = files_of(made, replace(BOUNDS, whole=0, part=9_000))
    changed = [one.model_copy(update={"why": "otherwise"}) if one is made[-1] else one for one in made]
    after = files_of(changed, replace(BOUNDS, whole=0, part=9_000))
    differing = {path for path in before if before[path] != after[path]}
    assert differing - {"README.md"} == {"accounts/account-3.md", "teams/team-3.md", "accounts/account-3.json"}


def test_a_page_of_somebodys_own_template_is_cut_after_a_line(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/report.md.j2").write_text("{% for n in range(9999) %}\nline {{ n }}\n{% endfor %}\n")
    readme = files_of(targets(3), SMALL, Renderer(tmp_path))["README.md"]
    assert len(readme) <= SMALL.page
    assert re.search(r"\nline \d{4}\n\n\.\.\. the rest is in report\.json\.\n\Z", readme)


class Counting(Renderer):
    """A renderer that counts the texts it makes."""

    made = 0

    def text(self, template: str, data: PlainData) -> str:
        self.made += 1
        return super().text(template, data)


def test_work_grows_no_faster_than_the_targets() -> None:
    def texts(count: int) -> int:
        renderer = Counting(NOWHERE)
        files_of(targets(count, accounts=count // 20, teams=count // 20), replace(BOUNDS, whole=2_000), renderer)
        return renderer.made

    assert texts(400) <= 2.2 * texts(200)
    assert texts(200) <= 1.4 * 200  # each row once, though two pages show it


names = st.text(st.sampled_from("aAbB1-_./\\: éÉ\0\ud800"), max_size=200) | st.from_regex(
    r"\A[a-z0-9][a-z0-9-]{0,62}\Z"
)


@given(st.sets(names, max_size=20))
@example({"Prod", "prod", "PROD", "pr_6fd", "_50rod", "con", "_con", "con.md", "..", ".", "", "a/b", "a" * 300})
def test_no_two_names_are_one_file_and_none_leads_out_of_its_folder(found: set[str]) -> None:
    files = [file_name(name) for name in found]
    assert len({file.lower() for file in files}) == len(found)
    assert all(is_page(f"accounts/{file}.md") and is_page(f"teams/{file}.2.json") for file in files)


def test_a_name_of_krampus_yaml_is_its_own_file() -> None:
    kept: Callable[[str], bool] = lambda name: file_name(name) == name  # noqa: E731  one line says it
    assert all(map(kept, ("web", "0", "a-b", "console", "x" * 63)))
    assert [file_name(name) for name in ("con", "lpt1", "nul")] == ["_con", "_lpt1", "_nul"]
    strange = ("README.md", "ledger/a.md", "accounts/A.md", "accounts/a b.md", "accounts/a.txt", "accounts/a/b.md")
    assert not any(map(is_page, strange))
