"""Mutations: the ways in which one line of a module can be broken, each with a name that lasts.

A name holds the file, the function and what becomes of what; no line number, so that it stays when
lines move. The source is parsed and broken in memory, never on disk.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from types import CodeType
from typing import Any, NamedTuple

from queries import broken_joins, broken_queries

Words = tuple[str, dict[str, Any]]  # what a mutation does, and the fields it sets on a node


class Mutant(NamedTuple):
    name: str
    lines: range  # of the statement that is broken
    code: CodeType  # of the whole module


class _Place(NamedTuple):
    """A node, and where it hangs."""

    holder: ast.AST
    field: str
    index: int | None
    node: Any
    where: str  # the function or the constant
    statement: ast.stmt
    returns: str  # what the function says it returns

    def instead(self, words: str, new: ast.AST | None) -> tuple[str, ast.AST, dict[str, Any]]:
        """Put another node here, or none."""
        if new is not None:
            ast.fix_missing_locations(ast.copy_location(new, self.node))
        if self.index is None:
            return words, self.holder, {self.field: new}
        nodes = list(getattr(self.holder, self.field))
        nodes[self.index : self.index + 1] = [] if new is None else [new]
        return words, self.holder, {self.field: nodes}


def mutants(file: str, source: str, path: str) -> Iterator[Mutant]:
    """Yield every mutant of a module, in the order of its lines."""
    for name, lines, tree in _broken(file, source):
        yield Mutant(name, lines, compile(tree, path, "exec", dont_inherit=True))


def names(file: str, source: str) -> list[str]:
    return [name for name, _, _ in _broken(file, source)]


def _broken(file: str, source: str) -> Iterator[tuple[str, range, ast.Module]]:
    """Yield the module broken in one place after the other; it is whole again in between."""
    tree = ast.parse(source)
    known: Counter[str] = Counter()
    for place in _places(tree, "", tree.body[0], ""):
        for words, holder, fields in _edits(place):
            before = {field: getattr(holder, field) for field in fields}
            name = f"{file} {place.where}: {words}"
            known[name] += 1
            _set(holder, fields)
            yield name + (f" #{known[name]}" if known[name] > 1 else ""), _lines(place), tree
            _set(holder, before)


def _set(node: ast.AST, fields: dict[str, Any]) -> None:
    for field, value in fields.items():
        setattr(node, field, value)


def _lines(place: _Place) -> range:
    """Give the lines of a statement; of one with a body those of its head."""
    statement = place.statement
    body = getattr(statement, "body", None) or getattr(statement, "cases", None)
    if isinstance(statement, ast.FunctionDef | ast.ClassDef) or not isinstance(body, list):
        return range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
    head = getattr(body[0], "lineno", None) or body[0].pattern.lineno
    return range(statement.lineno, max(head, statement.lineno + 1))


# --- the nodes of a module --------------------------------------------------------------------

_SKIPPED_FIELDS = {"annotation", "returns", "decorator_list", "bases", "type_comment", "ctx"}
_SKIPPED_NODES = (ast.Import, ast.ImportFrom, ast.Assert, ast.ExceptHandler)


def _places(node: ast.AST, where: str, statement: ast.stmt, returns: str) -> Iterator[_Place]:
    for field, value in ast.iter_fields(node):
        if field in _SKIPPED_FIELDS or (field == "keywords" and isinstance(node, ast.ClassDef)):
            continue
        children = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if not isinstance(child, ast.AST) or isinstance(child, _SKIPPED_NODES):
                continue
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue  # a docstring
            inside, told = where, returns
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inside = f"{where}.{child.name}" if where else child.name
            if isinstance(child, ast.FunctionDef):
                told = ast.unparse(child.returns) if child.returns else ""
            if not where and isinstance(child, ast.Assign | ast.AnnAssign):
                target = child.targets[0] if isinstance(child, ast.Assign) else child.target
                inside = ast.unparse(target)
            around = child if isinstance(child, ast.stmt) else statement
            yield _Place(node, field, index, child, inside, around, told)
            yield from _places(child, inside, around, told)


# --- what can be broken -----------------------------------------------------------------------

_Edits = Iterator[tuple[str, ast.AST, dict[str, Any]]]

_BEYOND: dict[type, type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip
_OPPOSITE: dict[type, type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.Lt: ast.GtE, ast.GtE: ast.Lt,
    ast.Gt: ast.LtE, ast.LtE: ast.Gt,
}  # fmt: skip
_OTHER_CALL = {"max": "min", "min": "max", "any": "all", "all": "any"}
_CLEANERS = {"clean", "normalise", "strip", "casefold", "lower", "upper", "rstrip", "lstrip"}
_FEW = range(2, 16)  # elements
_NOTHING = {
    "bool": "False", "int": "0", "str": "''", "list": "[]", "tuple": "()", "dict": "{}",
    "set": "set()", "frozenset": "frozenset()", "Permissions": "()",
}  # fmt: skip


def _edits(place: _Place) -> _Edits:
    yield from _conditions(place)
    yield from _operators(place)
    yield from _results(place)
    yield from _effects(place)
    yield from _constants(place)
    yield from _calls(place)


def _is_test(place: _Place) -> bool:
    return place.field in {"test", "ifs", "guard"}


def _conditions(place: _Place) -> _Edits:
    node = place.node
    if _is_test(place) and not isinstance(node, ast.BoolOp):
        yield place.instead(f"never {_text(node)}", ast.Constant(value=False))
        if not isinstance(place.holder, ast.While):
            yield place.instead(f"always {_text(node)}", ast.Constant(value=True))
    match node:
        case ast.BoolOp(values=values):
            for index, part in enumerate(values):
                rest = _but(values, index)
                new = rest[0] if len(rest) == 1 else ast.BoolOp(op=node.op, values=rest)
                yield place.instead(f"{_text(node)} without {_text(part)}", new)
        case ast.UnaryOp(op=ast.Not(), operand=operand) if not _is_test(place):
            yield place.instead(_becomes(node, operand), operand)
        case ast.Compare(ops=[_]):
            yield from _comparisons(place)
        case ast.match_case() if len(place.holder.cases) > 1:  # type: ignore[attr-defined]
            yield place.instead(f"without case {_text(node.pattern)}", None)


def _comparisons(place: _Place) -> _Edits:
    node = place.node
    (op,) = node.ops
    others = [_BEYOND.get(type(op))]
    if not _is_test(place) and not isinstance(place.holder, ast.BoolOp):
        others.append(_OPPOSITE[type(op)])
    for other in filter(None, others):
        new = ast.Compare(left=node.left, ops=[other()], comparators=node.comparators)
        yield place.instead(_becomes(node, new), new)


def _operators(place: _Place) -> _Edits:
    node = place.node
    if not isinstance(node, ast.BinOp):
        return
    if (
        isinstance(node.op, ast.BitOr)
        and "." not in place.where
        and place.where.lstrip("_")[:1].isupper()
    ):
        return  # an alias of types
    yield place.instead(_becomes(node, node.left), node.left)
    if isinstance(node.op, ast.BitOr | ast.BitAnd):
        yield place.instead(_becomes(node, node.right), node.right)
    if isinstance(node.op, ast.Sub):
        new = ast.BinOp(left=node.left, op=node.op, right=node.left)
        yield place.instead(_becomes(node, new), new)


def _results(place: _Place) -> _Edits:
    match place.node:
        case ast.For(iter=turns) | ast.comprehension(iter=turns):
            nothing = ast.copy_location(ast.Tuple(elts=[], ctx=ast.Load()), turns)
            yield f"nothing of {_text(turns)}", place.node, {"iter": nothing}
        case ast.Return(value=ast.Constant(value=bool(value))):
            new = ast.Return(value=ast.Constant(value=not value))
            yield place.instead(f"return {not value}", new)
        case ast.Return(value=value) if value is not None and not _is_nothing(value):
            nothing = _NOTHING.get(place.returns.partition("[")[0], "None")
            yield place.instead(
                f"return {nothing} for {_text(value)}",
                ast.Return(value=ast.parse(nothing, mode="eval").body),
            )
        case ast.Yield(value=value) | ast.YieldFrom(value=value) if value is not None:
            new = ast.YieldFrom(value=ast.Tuple(elts=[], ctx=ast.Load()))
            yield place.instead(f"yield nothing for {_text(value)}", new)


def _is_nothing(value: ast.AST) -> bool:
    return isinstance(value, ast.Constant) and not value.value


def _effects(place: _Place) -> _Edits:
    match place.node:
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Delete() | ast.Raise():
            pass
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]):
            pass
        case ast.Continue() | ast.Break():
            pass
        case _:
            return
    yield place.instead(f"without {_text(place.node)}", ast.Pass())


def _constants(place: _Place) -> _Edits:
    node = place.node
    match node:
        case ast.Constant(value=bool(value)):
            if not isinstance(place.holder, ast.Return):
                new = ast.Constant(value=not value)
                yield place.instead(f"{not value} in {_line(place)}", new)
        case ast.Constant(value=int(value)) if not isinstance(place.holder, ast.Subscript):
            new = ast.Constant(value=value + 1)
            yield place.instead(f"{value + 1} for {value} in {_line(place)}", new)
        case ast.Constant(value=str(text)) if not isinstance(place.holder, ast.JoinedStr):
            for words, broken in broken_queries(text):
                yield place.instead(words, ast.Constant(value=broken))
        case ast.JoinedStr():
            for words, join in broken_joins(node):
                yield place.instead(words, join)
        case ast.Set() | ast.Tuple() | ast.List() | ast.Dict():
            yield from _elements(place)


def _elements(place: _Place) -> _Edits:
    """Leave out one element after the other, but of a long table, which is data."""
    node = place.node
    if isinstance(node, ast.Dict):
        for index, key in enumerate(node.keys if len(node.keys) in _FEW else []):
            fields = {"keys": _but(node.keys, index), "values": _but(node.values, index)}
            name = _text(key) if key else f"**{_text(node.values[index])}"
            yield f"without {name}", node, fields
        return
    counts = isinstance(node, ast.Set) or isinstance(place.holder, ast.Compare) or _is_table(place)
    if counts and isinstance(getattr(node, "ctx", ast.Load()), ast.Load) and len(node.elts) in _FEW:
        for index, element in enumerate(node.elts):
            words = f"without {_text(element)} of {_text(node)}"
            yield words, node, {"elts": _but(node.elts, index)}


def _is_table(place: _Place) -> bool:
    """Whether a list stands in a constant of the module, or is what a set is made of."""
    made_of = isinstance(place.holder, ast.Call) and _text(place.holder.func) in {
        "set",
        "frozenset",
    }
    return made_of or isinstance(place.holder, ast.Assign | ast.AnnAssign)


def _but(nodes: list[Any], index: int) -> list[Any]:
    return nodes[:index] + nodes[index + 1 :]


def _calls(place: _Place) -> _Edits:
    node = place.node
    if not isinstance(node, ast.Call):
        return
    for index, keyword in enumerate(node.keywords):
        if keyword.arg is not None:
            words = f"{_text(node.func)} without {_text(keyword)}"
            yield words, node, {"keywords": _but(node.keywords, index)}
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in _OTHER_CALL:
            func = ast.copy_location(ast.Name(id=_OTHER_CALL[name], ctx=ast.Load()), node.func)
            yield f"{func.id} for {_text(node)}", node, {"func": func}
        case ast.Call(func=ast.Name(id="sorted")):
            turned = ast.keyword(arg="reverse", value=ast.Constant(value=True))
            ast.fix_missing_locations(ast.copy_location(turned, node))
            yield f"the other way round {_text(node)}", node, {"keywords": [*node.keywords, turned]}
        case ast.Call(func=ast.Name(id=name), args=[only]) if name in _CLEANERS:
            yield place.instead(_becomes(node, only), only)
        case ast.Call(func=ast.Attribute(attr=name, value=only), args=[]) if name in _CLEANERS:
            yield place.instead(_becomes(node, only), only)


# --- names ------------------------------------------------------------------------------------

_LONGEST = 70


def _becomes(before: ast.AST, after: ast.AST) -> str:
    return f"{_text(before)} -> {_text(after)}"


def _line(place: _Place) -> str:
    return _text(place.statement)


def _text(node: ast.AST) -> str:
    first, *_ = ast.unparse(node).splitlines() or [""]
    return first if len(first) <= _LONGEST else first[:_LONGEST] + "..."
