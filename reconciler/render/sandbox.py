"""What templates may do: read the items of plain data, choose, loop, and write. An allow-list, of syntax too.

Jinja's own sandbox forbids some names and lets everything else through; a method of any object would be the way out.
Here attributes are items of mappings, and nothing that a template is handed or makes has a method that it can call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from functools import wraps
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, Template, nodes, pass_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.filters import _GroupTuple
from jinja2.runtime import Context, LoopContext, Macro, Undefined
from jinja2.sandbox import SandboxedEnvironment, safe_range
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

from reconciler.render.budget import Budget
from reconciler.render.filters import FILTERS, TESTS, formatted, joined, scalars, text

SYNTAX = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.NSRef, nodes.Assign),
    *(nodes.AssignBlock, nodes.With, nodes.If, nodes.CondExpr, nodes.For, nodes.Macro, nodes.Call, nodes.Keyword),
    *(nodes.Include, nodes.Filter, nodes.FilterBlock, nodes.Test, nodes.Getattr, nodes.Getitem, nodes.Slice),
    *(nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Concat, nodes.Compare, nodes.Operand, nodes.And),
    *(nodes.Or, nodes.Not, nodes.Neg, nodes.Pos, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod),
)
HIDDEN = ("self", "super", "caller", "varargs", "kwargs")  # names that Jinja itself gives a meaning
LOOP = ("index", "index0", "revindex", "revindex0", "first", "last", "length")
LARGEST = 10**18  # a number


class Sandbox(SandboxedEnvironment):
    """An environment whose templates are bounded by `budget`. `filters`: further ones, by name."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%"})

    def __init__(self, loader: BaseLoader, budget: Budget, filters: Mapping[str, Callable[..., Any]]) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined,
            finalize=_written,
            optimized=False,  # what a template makes is made within its budget, not while it is compiled
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self.budget = budget
        self.code_generator_class = _CheckedGenerator
        # No template can name those that begin with a space.
        offered: dict[str, Callable[..., Any]] = {
            **FILTERS,
            **filters,
            " joined": joined,
            " scalars": scalars,
            " made": lambda value: value,
        }
        self.filters = {name: self._charged(function) for name, function in offered.items()}
        self.filters[" counted"] = budget.counted
        self.tests = {name: self._charged(function) for name, function in TESTS.items()}
        self.globals = {"range": safe_range, "namespace": Namespace}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """An item of a mapping, what a loop counts, or what a namespace holds."""
        if type(obj) is dict:
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        if isinstance(obj, Undefined):
            return obj  # what it is used for says what was not there
        counts = isinstance(obj, LoopContext) and attribute in LOOP
        holds = isinstance(obj, Namespace) and not attribute.startswith("_")
        grouped = isinstance(obj, _GroupTuple) and attribute in ("grouper", "list")
        return getattr(obj, attribute) if counts or holds or grouped else self.unsafe_undefined(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An item of a mapping, a list or a text."""
        if isinstance(obj, list | tuple | str | range) and isinstance(argument, int):
            fits = -len(obj) <= argument < len(obj)
            return obj[argument] if fits else self.undefined(obj=obj, name=str(argument))
        if type(obj) is dict and not isinstance(argument, str):
            return obj[argument] if argument in obj else self.undefined(obj=obj, name=str(argument))
        return self.getattr(obj, argument)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """A macro of a template, or one of the two functions that there are."""
        self.budget.charge()
        if isinstance(obj, Undefined):
            text(obj)  # raises what is wrong with it
        if not isinstance(obj, Macro) and obj is not safe_range and obj is not Namespace:
            raise SecurityError(f"only macros can be called, not {type(obj).__name__!r}")
        return context.call(obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002  Jinja's
        """Sums of numbers, texts one after the other, and formatted texts, none of them without end."""
        if isinstance(left, Undefined) or isinstance(right, Undefined):
            text(left), text(right)  # raises what is wrong with it
        if isinstance(left, str) and operator == "%":
            return self.budget.made(formatted(left, right))
        if isinstance(left, str) and isinstance(right, str) and operator == "+":
            return self.budget.made(joined((left, right)))
        if not isinstance(left, int | float) or not isinstance(right, int | float):
            raise SecurityError(f"{type(left).__name__!r} {operator} {type(right).__name__!r} is not offered")
        result = self.binop_table[operator](left, right)
        if isinstance(result, int) and abs(result) > LARGEST:
            raise SecurityError("it makes a number of more than 18 digits")
        return result

    def _load_template(self, name: str, globals: MutableMapping[str, Any] | None) -> Template:
        self.budget.charge()
        return super()._load_template(name, globals)

    def _charged(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, what it makes charged; Jinja's marks for what it is handed first are kept."""

        @wraps(function)
        def charged(*args: Any, **kwargs: Any) -> Any:
            return self.budget.made(function(*args, **kwargs))

        return charged


def _itself(value: object) -> object:
    return value


@pass_context  # else Jinja would write constants past it
def _written(context: Context, value: object) -> str:
    """What is written, the template's own words included."""
    written = text(value)
    environment = context.environment
    if isinstance(environment, Sandbox):
        environment.budget.charge(len(written))
    return written


class _Checked(NodeTransformer):
    """A template's syntax, refused if it has more than is offered, with what can go on for ever made to be counted."""

    def __init__(self, name: str | None) -> None:
        self._name = name

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        if type(node) not in SYNTAX:
            raise self._refusal(f"`{type(node).__name__.lower()}` is not offered", node)
        handed_unseen = (getattr(node, "dyn_args", None), getattr(node, "dyn_kwargs", None))
        if any(handed_unseen) or (isinstance(node, nodes.For) and node.recursive):
            raise self._refusal("neither * and ** in a call nor `recursive` is offered", node)
        return super().visit(node, *args, **kwargs)

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802  Jinja's name
        self.generic_visit(node)
        node.iter = _filtered(node.iter, " counted")
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  Jinja's name
        if not isinstance(node.node, nodes.Name):
            raise self._refusal("it is unsafe to call anything but a macro, by its name; no value has methods", node)
        return self.generic_visit(node)

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802  Jinja's name
        if node.name in HIDDEN:
            raise self._refusal(f"`{node.name}` is not offered", node)
        return node

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.Node:  # noqa: N802  Jinja's name
        return nodes.Const(node.data, lineno=node.lineno, environment=node.environment)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802  Jinja's name
        self.generic_visit(node)
        parts = nodes.List(node.nodes, lineno=node.lineno, environment=node.environment)
        return _filtered(parts, " joined")

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802  Jinja's name
        self.generic_visit(node)
        return _filtered(node, " made") if isinstance(node.arg, nodes.Slice) else node

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802  Jinja's name
        return _filtered(self.generic_visit(node), " scalars")

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802  Jinja's name
        return _filtered(self.generic_visit(node), " scalars")

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802  Jinja's name
        self.generic_visit(node)
        return _filtered(node, " scalars") if node.ctx == "load" else node

    def _refusal(self, why: str, node: nodes.Node) -> TemplateSyntaxError:
        return TemplateSyntaxError(why, node.lineno or 1, self._name)


def _filtered(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno, environment=node.environment)


class _CheckedGenerator(CodeGenerator):
    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802  Jinja's name
        super().visit_Template(_Checked(self.name).visit(node), frame)
