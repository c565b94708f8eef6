"""Many protections, or resources of exemptions, at once: which cover a target, and not each held against it. PURE.

An index: it finds what `spelling.guarding` finds one by one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.model.spelling import folded, is_iam, spelling
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

    def covering(self, arn: str, spelt: str = "") -> Places:
        """The places of those that cover a target, in their order. `spelt`: its spelling, if it is known."""
        one = spelt or spelling(arn)
        found = self._whole.get(one, [])
        if self._globs.none:
            return found
        if is_iam(arn):
            more = [*self._of_iam.covering(one), *(self._of_iam.covering(arn.lower()) if arn.lower() != one else ())]
        else:
            more = self._globs.covering(one)
        return sorted({*found, *(place for places in more for place in places)}) if more else found


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
        # Of four ways in which a glob may name service and account, those that there are.
        self._ways = {(service != "*", account != "*") for service, account in near}
        self.none = not globs

    def covering(self, form: str) -> list[Places]:
        """The places of each glob that covers an ARN."""
        return [places for glob, places in self._candidates(form) if matches(glob, form)]

    def _candidates(self, form: str) -> Iterable[_Glob]:
        parts = (slashes(form) if form.count(":") > COLONS else form).split(":")
        if len(parts) <= COLONS:
            return self._odd
        found = [*self._odd]
        service, account = parts[SERVICE], parts[ACCOUNT]
        for names_service, names_account in self._ways:
            near = self._near.get((service if names_service else "*", account if names_account else "*"))
            if near is not None:
                found += near.of(parts[RESOURCE])
        return found


class _Near:
    """Globs of one service and account, each by the text before, between or behind its wildcards that fewest share."""

    def __init__(self, globs: Sequence[tuple[str, _Glob]]) -> None:
        """`globs`: each with its last part."""
        shared = Counter(key for resource, _ in globs for key in _texts(resource))
        self._by: dict[_Key, list[_Glob]] = defaultdict(list)
        for resource, glob in globs:
            self._by[min(_texts(resource), key=lambda key: (shared[key], -len(key[1])))].append(glob)
        # (where, how long) of the texts: of a name, each text is looked up that stands there and is as long
        self._sizes = {(where, len(text)) for where, text in self._by}

    def of(self, resource: str) -> Iterator[_Glob]:
        """Those of which the text stands where it should in this resource."""
        for where, size in self._sizes:
            if where == "first":
                yield from self._by.get((where, resource[:size]), ())
            elif size <= len(resource):
                for start in (len(resource) - size,) if where == "last" else range(len(resource) - size + 1):
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


def _literal(part: str) -> str:
    return "*" if is_glob(part) else part
