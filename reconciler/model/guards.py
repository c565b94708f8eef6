"""Many protections, or resources of exemptions, at once: which cover a target, and not each held against it. PURE.

An index: it finds what `spelling.guarding` finds one by one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.model.spelling import folded, forms, is_iam, spelling
from reconciler.model.target import COLONS, is_glob, matches, slashes

SERVICE, ACCOUNT, RESOURCE = 2, 4, 5  # the parts of an ARN
WILD = re.compile(r"[*?]")
Places = Sequence[int]
WITHIN = (4, 8, 16)  # the lengths by which a text within is found: of each, every one that a name has is looked up
_Glob = tuple[str, Places]
_Key = tuple[str, str]


class Guards:
    """Patterns, each known by its place among them."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """`patterns`: whole ARNs and globs; the same one may be there several times."""
        self._whole: dict[str, list[int]] = defaultdict(list)
        globs: dict[str, list[int]] = defaultdict(list)
        of_iam: dict[str, list[int]] = defaultdict(list)
        for place, pattern in enumerate(patterns):
            if is_glob(pattern):
                globs[pattern].append(place)
                of_iam[folded(pattern)].append(place)
            else:
                self._whole[spelling(pattern)].append(place)
        self._globs, self._of_iam = _Globs(globs), _Globs(of_iam)

    def covering(self, arn: str) -> Places:
        """The places of those that cover a target, in their order."""
        iam = is_iam(arn)
        one = spelling(arn) if iam else slashes(arn)
        found = self._whole.get(one, [])
        globs = self._of_iam if iam else self._globs
        if globs.none:
            return found
        more = [
            place for form in (forms(arn) if iam else (one,)) for places in globs.covering(form) for place in places
        ]
        return sorted({*found, *more}) if more else found


class _Globs:
    """Globs by the service and the account that they name, if they do, and by what of the rest is no wildcard."""

    def __init__(self, globs: Mapping[str, Places]) -> None:
        """`globs`: with the places of each."""
        self._odd: list[_Glob] = []
        near: dict[tuple[str, str], list[tuple[str, _Glob]]] = defaultdict(list)
        for glob, places in globs.items():
            parts = slashes(glob).split(":")
            if len(parts) > COLONS:
                near[_literal(parts[SERVICE]), _literal(parts[ACCOUNT])].append((parts[RESOURCE], (glob, places)))
            else:
                self._odd.append((glob, places))
        self._near = {key: _Near(found) for key, found in near.items()}
        self.none = not globs

    def covering(self, form: str) -> Iterator[Places]:
        """The places of each glob that covers an ARN."""
        return (places for glob, places in self._candidates(form) if matches(glob, form))

    def _candidates(self, form: str) -> Iterator[_Glob]:
        yield from self._odd
        parts = slashes(form).split(":")
        if len(parts) > COLONS:
            service, account, resource = parts[SERVICE], parts[ACCOUNT], parts[RESOURCE]
            for key in ((service, account), (service, "*"), ("*", account), ("*", "*")):
                if near := self._near.get(key):
                    yield from near.of(resource)


class _Near:
    """Globs of one service and account, each by the text before, between or behind its wildcards that fewest share."""

    def __init__(self, globs: Sequence[tuple[str, _Glob]]) -> None:
        """`globs`: each with its last part."""
        shared = Counter(key for resource, _ in globs for key in _texts(resource))
        self._by: dict[_Key, list[_Glob]] = defaultdict(list)
        for resource, glob in globs:
            self._by[min(_texts(resource), key=lambda key: (shared[key], -len(key[1])))].append(glob)
        self._sizes = {(where, len(text)) for where, text in self._by}

    def of(self, resource: str) -> Iterator[_Glob]:
        """Those of which the text stands where it should in this resource."""
        for where, size in self._sizes:
            for start in _starts(where, size, len(resource)):
                yield from self._by.get((where, resource[start : start + size]), ())


def _texts(resource: str) -> Iterator[_Key]:
    """What is literal in the last part of a glob: at its beginning, at its end, and within."""
    texts = WILD.split(resource)
    yield "first", texts[0]
    yield "last", texts[-1]
    longest = max(texts[1:-1], key=len, default="")
    size = max((size for size in WITHIN if size <= len(longest)), default=0)
    yield "within", longest[:size]
    yield "within", longest[len(longest) - size :]


def _starts(where: str, size: int, length: int) -> range:
    """Where in a text of this length one of that size may stand."""
    if size > length:
        return range(0)
    return {"first": range(1), "last": range(length - size, length - size + 1)}.get(where, range(length - size + 1))


def _literal(part: str) -> str:
    return "*" if is_glob(part) else part
