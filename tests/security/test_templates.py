"""What a template may try: to reach an object, a file, or all the time and memory there are. It gets data alone."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from pydantic import BaseModel

from reconciler.errors import DoorClosed
from reconciler.render.budget import Budget
from reconciler.render.templates import Renderer, faults, plain
from tests.aws import Here
from tests.build import decision
from tests.desk import DAY, HOUR, Desk, instances, state, task

SECRET = "the-secret-of-the-job"  # noqa: S105  no secret of anybody's
DATA: dict[str, Any] = {
    "news": [{"target": "one", "news": "acted", "message": "m"}, {"target": "two", "news": "failed", "message": "n"}],
    "at": datetime(2026, 12, 1, tzinfo=UTC),
    "text": "a text",
    "number": 3,
}

# What a template may try, and a word of the refusal.
ESCAPES = {
    # methods
    "{{ text.format() }}": "no value has methods",
    "{{ '{0.__class__}'.format(news) }}": "no value has methods",
    "{{ '{a.__class__}'.format_map(news[0]) }}": "no value has methods",
    "{{ news.append(1) }}": "no value has methods",
    "{{ news[0].update(x=1) }}": "no value has methods",
    "{{ news[0].items() }}": "no value has methods",
    "{{ at.strftime('%Y') }}": "no value has methods",
    "{{ at.replace(year=1) }}": "no value has methods",
    "{{ news[0]['items']() }}": "no value has methods",
    "{{ (text.encode)() }}": "no value has methods",
    "{% set m = text.upper %}{{ m() }}": "unsafe",
    "{% set m = text['format'] %}{{ m() }}": "unsafe",
    "{{ text() }}": "only macros can be called",
    "{{ (news | map('string'))() }}": "no value has methods",
    "{% macro m() %}{% endmacro %}{{ (m)(*news) }}": "* and **",
    "{{ namespace(**news[0]) }}": "* and **",
    "{{ range(*news) }}": "* and **",
    # attributes
    "{{ text.__class__ }}": "unsafe",
    "{{ text['__class__'] }}": "unsafe",
    "{{ text['__cla' ~ 'ss__'] }}": "unsafe",
    "{{ at.__reduce__ }}": "unsafe",
    "{{ at.tzinfo }}": "unsafe",
    "{{ number.real }}": "unsafe",
    "{{ news.__len__ }}": "unsafe",
    "{{ news[0].keys }}": "no attribute",
    "{{ news[0].__class__ }}": "no attribute",
    "{{ range.__self__ }}": "unsafe",
    "{{ namespace.__init__ }}": "unsafe",
    "{% set n = namespace(a=1) %}{{ n.__class__ }}": "unsafe",
    "{% set n = namespace(a=1) %}{{ n._Namespace__attrs }}": "unsafe",
    "{% macro m() %}{% endmacro %}{{ m._func }}": "unsafe",
    "{% macro m() %}{% endmacro %}{{ m._environment }}": "unsafe",
    "{% macro m() %}{% endmacro %}{{ m['_func'].__globals__ }}": "unsafe",
    "{% macro m() %}{{ varargs }}{% endmacro %}{{ m(1) }}": "not offered",
    "{% macro m() %}{{ kwargs }}{% endmacro %}{{ m(a=1) }}": "not offered",
    "{% for x in news %}{{ loop._iterator }}{% endfor %}": "unsafe",
    "{% for x in news %}{{ loop['_undefined'] }}{% endfor %}": "unsafe",
    "{% for x in news %}{{ loop.cycle('a') }}{% endfor %}": "no value has methods",
    "{{ self._TemplateReference__context }}": "not offered",
    "{% set g = news | map(attribute='target') %}{{ g.gi_frame }}": "unsafe",
    "{% set g = news | select %}{{ g.gi_frame.f_back.f_globals }}": "unsafe",
    "{{ nothing.__class__ }}": "'nothing' is undefined",
    # filters, tests and globals
    "{{ text | attr('__class__') }}": "No filter named 'attr'",
    "{{ news | map('attr', '__class__') | list }}": "No filter named 'attr'",
    "{{ news | map(attribute='__class__') | join }}": "no attribute",
    "{{ news | map(attribute='target.__class__') | join }}": "unsafe",
    "{{ news | map(attribute='target.upper') | join }}": "unsafe",
    "{{ news | selectattr('target.__class__') | list }}": "unsafe",
    "{{ (news | groupby('target.__class__'))[0].grouper }}": "unsafe",
    "{{ (news | sort(attribute='target.__class__'))[0] }}": "unsafe",
    "{{ news | min(attribute='target.__class__') }}": "unsafe",
    "{{ news | join(attribute='target') }}": "unexpected keyword",
    "{{ news | pprint }}": "No filter named 'pprint'",
    "{{ '%s' | format(news) }}": "No filter named 'format'",
    "{{ news | xmlattr }}": "No filter named 'xmlattr'",
    "{{ text | safe }}": "No filter named 'safe'",
    "{{ news | random }}": "No filter named 'random'",
    "{{ text is callable }}": "No test named 'callable'",
    "{{ news | select('callable') | list }}": "No test named 'callable'",
    "{{ text is filter }}": "No test named 'filter'",
    "{{ lipsum.__globals__ }}": "'lipsum' is undefined",
    "{{ cycler.__init__ }}": "'cycler' is undefined",
    "{{ joiner() }}": "'joiner' is undefined",
    "{{ dict(a=1) }}": "'dict' is undefined",
    "{{ __builtins__ }}": "undefined",
    # text of objects
    "{% macro m() %}{% endmacro %}{{ m }}": "is no text",
    "{% macro m() %}{% endmacro %}{{ '%s' % m }}": "is no text",
    "{% macro m() %}{% endmacro %}{{ '' ~ m }}": "is no text",
    "{% for x in news %}{{ loop | string }}{% endfor %}": "is no text",
    "{% for x in news %}{{ loop | tojson }}{% endfor %}": "is no text",
    "{{ '%r' % text }}": "%s, %d and %% alone",
    "{{ '%(target)s' % news[0] }}": "%s, %d and %% alone",
    # syntax
    "{% import 'comment.md.j2' as c %}": "not offered",
    "{% from 'comment.md.j2' import _body_stream %}": "cannot be rendered",
    "{% from 'comment.md.j2' import target %}": "not offered",
    "{% extends 'plan.md.j2' %}": "not offered",
    "{% block b %}{{ super() }}{% endblock %}": "not offered",
    "{% call news() %}{% endcall %}": "not offered",
    "{% autoescape true %}{% endautoescape %}": "not offered",
    "{% for x in news recursive %}{{ loop(news) }}{% endfor %}": "recursive",
    # files
    "{% include '../krampus.yaml' %}": "no name of a file",
    "{% include '/etc/passwd' %}": "no name of a file",
    "{% include '../.git/config' ignore missing %}": "no name of a file",
    "{% include ['../krampus.yaml', '/etc/passwd'] ignore missing %}": "no name of a file",
    "{% include 'deep/../../krampus.yaml' %}": "no name of a file",
    "{% include '..\\\\krampus.yaml' %}": "no name of a file",
    "{% include '.' ~ './krampus.yaml' %}": "no name of a file",
    "{% include 'krampus.yaml' %}": "krampus.yaml",
    "{% include news %}": "cannot be rendered",
}
GROW = "{% set n = namespace(x='0123456789') %}{% for i in range(99) %}{% set n.x = GROWN %}{% endfor %}"
BOMBS = {
    # for ever
    "{% for a in R %}{% for b in R %}{% for c in R %}{% endfor %}{% endfor %}{% endfor %}": "takes longer",
    "{% for a in R %}{% for b in R %}{% if a in news or a in R %}{% endif %}{% endfor %}{% endfor %}": "takes longer",
    "{% set r = range(3000) %}{% for a in r %}{% for b in r %}{% endfor %}{% endfor %}": "takes longer",
    "{% for a in R if a in R and a in R %}{% for b in R if b in R %}{% endfor %}{% endfor %}": "takes longer",
    "{% macro m(i) %}{% if i %}{{ m(i - 1) }}{{ m(i - 1) }}{% endif %}{% endmacro %}{{ m(90) }}": "takes longer",
    "{% for a in R %}{% set x = R | map('string') | sort | list %}{% endfor %}": "takes longer",
    "{% for a in R %}{% include 'empty.md.j2' %}{% endfor %}": "takes longer",
    "{% include 'twice1.md.j2' %}": "takes longer",
    # too deep
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}": "recursion",
    "{% include 'comment.md.j2' %}": "recursion",
    "{% include 'mutual.md.j2' %}": "recursion",
    "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}": "recursion",
    "{{ 1" + " + 1" * 5000 + " }}": "recursion",
    "{{ text" + " | upper" * 3000 + " }}": "recursion",
    "{% for a in news %}" * 30 + "{% endfor %}" * 30: "nested blocks",
    # too large
    "{% for a in R %}{{ '0123456789' * 2 }}{% endfor %}": "not offered",
    "{% for a in R %}0123456789{% endfor %}": "makes more than",
    "{% for a in R %}{{ text }} and {{ text }}{% endfor %}": "makes more than",
    "{% macro m() %}{% for a in R %}0123456789{% endfor %}{% endmacro %}{% set x = m() %}": "makes more than",
    "{% set x %}{% for a in R %}0123456789{% endfor %}{% endset %}": "makes more than",
    "{% filter upper %}{% for a in R %}0123456789{% endfor %}{% endfilter %}": "makes more than",
    GROW.replace("GROWN", "n.x ~ n.x"): "makes",
    GROW.replace("GROWN", "n.x + n.x"): "makes",
    GROW.replace("GROWN", "[n.x, n.x] | join"): "makes",
    GROW.replace("GROWN", "[1, 2, 3, 4] | join(n.x)"): "makes",
    GROW.replace("GROWN", "'%s%s' % (n.x, n.x)"): "makes",
    GROW.replace("GROWN", "n.x | upper ~ n.x"): "makes",
    GROW.replace("GROWN", "(n.x ~ n.x)[:]"): "makes",
    GROW.replace("GROWN", "[n.x, n.x]"): "text, numbers and times alone",
    GROW.replace("GROWN", "(n.x, n.x)"): "text, numbers and times alone",
    GROW.replace("GROWN", "{'a': n.x, 'b': n.x}"): "text, numbers and times alone",
    GROW.replace("GROWN", "n.x * 2"): "not offered",
    GROW.replace("GROWN", "(n.x | list) + (n.x | list)"): "not offered",
    GROW.replace("'0123456789'", "9").replace("99", "8").replace("GROWN", "n.x * n.x"): "18 digits",
    "{% set n = namespace(x=R | list) %}{% for i in R %}{% set n.x = n.x[:] %}{% endfor %}": "makes more than",
    "{{ 'x' * 999999999999 }}": "not offered",
    "{{ [1] * 999999999999 }}": "not offered",
    "{{ 9 ** 9 ** 9 }}": "not offered",
    "{{ '%999999999999d' % 1 }}": "%s, %d and %% alone",
    "{{ '%*d' % (999999999999, 1) }}": "%s, %d and %% alone",
    "{{ '%.999999999999f' % 1 }}": "%s, %d and %% alone",
    "{{ text | center(999999999999) }}": "No filter named",
    "{{ text | indent(999999999999) }}": "No filter named",
    "{{ news | batch(999999999999, 1) | list }}": "No filter named",
    "{{ number | round(999999999) }}": "No filter named",
    "{{ news | tojson(indent=999999999999) }}": "unexpected keyword",
    "{{ range(999999999999) | list }}": "Range too big",
    "{{ " + "9" * 5000 + " }}": "4300 digits",
    "x" * 70_000: "larger than",
}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A repository with a folder of templates, one of which is empty, and secrets beside them."""
    (tmp_path / "krampus.yaml").write_text(SECRET)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/config").write_text(SECRET)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/empty.md.j2").write_text("")
    (tmp_path / "templates/mutual.md.j2").write_text("{% include 'comment.md.j2' %}")
    for number in range(1, 18):
        following = f"{{% include 'twice{number + 1}.md.j2' %}}" if number < 17 else ""
        (tmp_path / f"templates/twice{number}.md.j2").write_text(following * 2)
    return tmp_path


def refusal(root: Path, template: str, budget: Budget | None = None) -> str:
    (root / "templates/comment.md.j2").write_text(template)
    try:
        text = Renderer(root, budget=budget).text("comment.md.j2", DATA)
    except DoorClosed as closed:
        return str(closed)
    return f"it was rendered: {text[:100]}"


def test_a_template_reaches_no_object_and_no_file(own: Path) -> None:
    found = {template: refusal(own, template) for template in ESCAPES}

    assert {template: why for template, why in found.items() if ESCAPES[template] not in why} == {}
    assert all(why.startswith("templates/comment.md.j2") and "cannot be rendered" in why for why in found.values())
    assert not any(SECRET in why for why in found.values())


def test_a_template_takes_neither_all_time_nor_all_memory(own: Path) -> None:
    bombs = {template: template.replace("R", "range(99999)") for template in BOMBS}
    slow = {template for template, why in BOMBS.items() if why == "takes longer"}
    found = {
        template: refusal(own, bomb, Budget(0.05, 9, 3_000_000) if template in slow else Budget(99, 99, 300_000))
        for template, bomb in bombs.items()
    }

    assert {template: why for template, why in found.items() if BOMBS[template] not in why} == {}
    assert all("templates/" in why and "cannot be rendered" in why for why in found.values())


def test_one_value_is_bounded_however_it_grows(own: Path) -> None:
    """Text is refused before it is made, what a macro makes as soon as it is written."""
    ways = ("n.x ~ n.x", "n.x + n.x", "[n.x, n.x] | join", "[1, 2, 3] | join(n.x)", "'%s%s' % (n.x, n.x)", "m(n.x)")
    twice = "{% macro m(x) %}{{ x }}{{ x }}{% endmacro %}"
    found = [refusal(own, twice + GROW.replace("GROWN", way), Budget(99, 99, 30_000_000)) for way in ways]

    assert [why for why in found[:-1] if "makes a text of more than 1,000,000 characters" not in why] == []
    assert "makes a value of more than 1,000,000 characters" in found[-1]


def test_the_texts_of_a_run_together_are_bounded_too(own: Path) -> None:
    (own / "templates/comment.md.j2").write_text("{% for a in range(9999) %}{% endfor %}.")
    renderer = Renderer(own, budget=Budget(seconds=9, all_seconds=0.1))

    with pytest.raises(DoorClosed, match="takes longer"):
        for _ in range(1000):
            renderer.text("comment.md.j2", DATA)


def test_what_templates_are_for_is_offered(own: Path) -> None:
    template = """{% macro row(one) %}| {{ one.target | code }} |{% endmacro %}
{% set counted = namespace(left=9) %}
{% for one in news | sort(attribute="target", reverse=true) if one.news != "x" %}
{% set counted.left = counted.left - 1 %}
{{ loop.index }}/{{ loop.length }} {{ row(one) }}{{ "" if loop.last else "," }}
{% endfor %}
{{ counted.left }} {{ at | day }} {{ text[2:] | upper ~ number }} {{ "%s: %d%%" % (text, number) }} {{ 7 // 2 }}
{% for news, found in news | groupby("news") %}{{ news }}={{ found | map(attribute="target") | join("+") }} {% endfor %}
{{ {"b": 1, "a": [2]["0" | int]} | tojson }} {{ nothing | default("none") }} {{ (news | first).target }}
{% for key, value in news[0] | dictsort %}{{ key }}{{ "." if not loop.last }}{% endfor %}
{% with a = 1 %}{{ a }}{% endwith %}{% raw %}{{ x }}{% endraw %}{{ "y" if "acted" in ["acted", "x"] else "n" }}
"""
    (own / "templates/comment.md.j2").write_text(template)

    assert " ".join(Renderer(own).text("comment.md.j2", DATA).split()) == (
        "1/2 | `two` |, 2/2 | `one` | 7 1 December 2026 TEXT3 a text: 3% 3 acted=one failed=two "
        '{"a": 2, "b": 1} none one message.news.target1{{ x }}y'
    )


def test_what_a_filter_makes_is_a_list_and_no_chain_of_generators(own: Path) -> None:
    chain = "{% set n = namespace(g=['a']) %}{% for i in range(3000) %}{% set n.g = n.g | map('upper') %}{% endfor %}"

    assert "rendered: A" in refusal(own, chain + "{{ n.g | join }}")
    assert "access to attribute 'gi_frame' of 'list'" in refusal(own, "{{ (news | select).gi_frame }}")


class Model(BaseModel):
    """What pydantic makes: its `parse_raw` runs any program for whoever calls it."""

    name: str = "x"


@dataclass(frozen=True)
class Record:
    """What has fields."""

    name: str = "x"


class Sly(Mapping[str, Any]):
    """A mapping with a method more."""

    def __getitem__(self, key: str) -> Any:
        return key

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Any:
        return iter("x")


class Word(StrEnum):
    """A text that is an object besides."""

    ONE = "one"


class Program:
    """What unpickling runs."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return (Path.touch, (self.file,))


def test_a_model_that_is_handed_over_by_mistake_never_reaches_a_template(own: Path, tmp_path: Path) -> None:
    """Row 1: `parse_raw` with pickle ran any program."""
    payload = pickle.dumps(Program(tmp_path / "ran"), protocol=0).decode("latin-1")
    call = "{{ task.parse_raw(text, content_type='pickle', proto='pickle', allow_pickle=true, encoding='latin-1') }}"
    (own / "templates/comment.md.j2").write_text(call)

    for handed in (Model(), decision(1), Record(), [Model()], {"a": (Record(),)}, Model, print, object(), b"x", {1, 2}):
        with pytest.raises(TypeError, match="must be handed plain values"):
            Renderer(own).text("comment.md.j2", {"task": handed, "text": payload})  # type: ignore[dict-item]  # it is no plain value
    for handed in (Sly(), iter("x"), (one for one in "x"), Renderer(own), Path(), type(None)):
        with pytest.raises(TypeError, match="must be handed plain values"):
            plain(handed)  # type: ignore[arg-type]  # no plain value, on purpose
    assert "no value has methods" in refusal(own, call)
    assert not (tmp_path / "ran").exists()


def test_what_a_template_is_handed_is_a_copy_in_types_of_pythons_own() -> None:
    inner = {"when": date(2026, 1, 2), "rate": 1.5, "yes": True, "no": None}
    given: Any = {"words": (Word.ONE, "two"), "inner": MappingProxyType(inner)}

    made: Any = plain(given)

    assert made == {"words": ["one", "two"], "inner": inner}
    assert type(made["words"][0]) is str
    assert type(made["inner"]) is dict
    assert made["inner"] is not inner


@pytest.mark.parametrize(
    ("place", "target"),
    [
        ("templates/plan.md.j2", "/proc/self/environ"),
        ("templates/plan.md.j2", "../krampus.yaml"),
        ("templates/plan.md.j2", "../.git/config"),
        ("templates/plan.md.j2", "../../secret"),
        ("templates/plan.md.j2", "deep/../../krampus.yaml"),
        ("templates/plan.md.j2", "chained"),
        ("templates/plan.md.j2", "/dev/zero"),
        ("templates", "/proc/self"),
        ("templates", "elsewhere"),
    ],
)
@pytest.mark.usefixtures("web")
def test_a_template_that_is_a_link_shows_nothing_of_where_it_leads(
    place: str, target: str, desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Row 2: the process's environment stood in the job's summary."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    monkeypatch.setenv("A_TOKEN", SECRET)
    (tmp_path / "secret").write_text(SECRET)
    (desk.root / "elsewhere").mkdir()
    (desk.root / "elsewhere/plan.md.j2").write_text(SECRET)
    if place != "templates":
        (desk.root / "templates/deep").mkdir(parents=True)
        (desk.root / "templates/chained").symlink_to("../elsewhere/plan.md.j2")
    (desk.root / place).symlink_to(target)

    result = desk.krampus("plan", "--format", "markdown", after=0 * HOUR)

    shown = result.output + (tmp_path / "summary.md").read_text()
    assert result.exit_code == 3
    assert "cannot be rendered" in result.output
    assert "**no targets**" in shown
    assert not any(word in shown for word in (SECRET, "A_TOKEN", "name: Tests", "[core]", "root:"))


@pytest.mark.usefixtures("web")
def test_a_pull_requests_plan_is_rendered_by_the_templates_of_its_base(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    desk.write(
        {"templates/plan.md.j2": "Reviewed: {{ summary }}. {% include 'part.md.j2' %}", "templates/part.md.j2": "x"}
    )
    desk.write({"templates/plan.md.j2": "Not reviewed", "templates/part.md.j2": "{{ nothing }}"})

    result = desk.krampus("plan", "--base", "HEAD^1", "--format", "markdown", after=0 * HOUR)

    assert result.exit_code == 0, result.output
    assert "Reviewed: no targets. x" in result.output
    assert (tmp_path / "summary.md").read_text().count("Reviewed: no targets. x") == 1
    assert "Not reviewed" not in result.output


@pytest.mark.usefixtures("web")
def test_templates_that_a_pull_request_brings_first_render_nothing_yet(desk: Desk) -> None:
    desk.write({"templates/plan.md.j2": "Not reviewed", "templates/x.md.j2": ""})
    (desk.root / "templates/x.md.j2").unlink()
    (desk.root / "templates/x.md.j2").symlink_to("/proc/self/environ")
    desk.write({})

    brought = desk.krampus("plan", "--base", "HEAD^2", "--format", "markdown", after=0 * HOUR)
    linked = desk.krampus("plan", "--base", "HEAD", "--format", "markdown", after=0 * HOUR)

    assert brought.exit_code == 1  # there is no such commit
    assert linked.output.startswith("Not reviewed")  # by now it is what was merged
    first = desk.krampus("plan", "--base", "HEAD~2", "--format", "markdown", after=0 * HOUR)
    assert first.output.startswith("**no targets**")


def test_what_was_done_reaches_the_ledger_whatever_a_template_does(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    names = ("issue", "comment", "operators", "report", "plan", "status")
    bomb = GROW.replace("GROWN", "n.x ~ n.x")
    desk.write({f"templates/{name}.md.j2": bomb for name in names} | {"tasks/idle.yaml": task("disable", target)})

    told = desk.reconcile(after=0 * HOUR, expect=3)
    acted = desk.reconcile(after=2 * DAY, expect=3)

    assert "templates/report.md.j2" in told.output
    assert "Krampus' own took its place" in acted.output
    assert state(web, target) in ("stopping", "stopped")
    assert ("applied", target) in desk.events()
    assert "Needs attention" not in desk.reported("README.md")
    assert target in desk.reported("README.md")
    assert target in desk.issue()


def test_validate_names_the_line_of_a_template_that_is_not_offered(own: Path) -> None:
    (own / "templates/plan.md.j2").write_text("fine\n{{ text.format(1) }}\n")
    (own / "templates/issue.md.j2").write_text("{{ text | attr('x') }}")
    (own / "templates/report.md.j2").write_text("fine {{ text }}")
    (own / "templates/status.md.j2").symlink_to("/proc/self/environ")

    found = {(fault.file, fault.line) for fault in faults(own)}

    assert found == {("templates/plan.md.j2", 2), ("templates/issue.md.j2", 1), ("templates/status.md.j2", 1)}
