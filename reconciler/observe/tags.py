"""The tags of what there is something left to do about, where they cost calls of their own: they only show owners."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from reconciler.model.sighting import Live, Look, Problem, Resource, Sighting
from reconciler.model.target import Target
from reconciler.observe.named import WORKERS, Reader, observe
from reconciler.resources.catalog import KINDS
from reconciler.resources.kind import TAGS_OF, Refused, Underway
from reconciler.resources.needs import parts_needed
from reconciler.resources.place import Entered
from reconciler.resources.shared.reads import batches, pages, tags

MOST = 100  # ARNs that AWS takes in one question
Tagged = dict[str, Mapping[str, str]]


def observe_with_tags(looks: Sequence[Look], reader: Reader, tick: Callable[[int], None]) -> Live:
    """As `observe`, with the tags. Of what these cannot be read, as of anything else, it is not known how it stands."""
    live = observe(looks, reader, tick)
    questions = list(_questions(looks, live))
    labelled = dict(live)
    with ThreadPoolExecutor(WORKERS) as pool:
        answers = pool.map(lambda asked: _tags(reader, *asked), questions)
        for (_, _, targets), found in zip(questions, answers, strict=True):
            labelled.update({target: _labelled(live[target], target, found) for target in targets})
    return labelled


def _questions(looks: Iterable[Look], live: Live) -> Iterator[tuple[str, str, list[Target]]]:
    """Account, region, and whose tags are asked for there."""
    found: dict[tuple[str, str], dict[Target, None]] = defaultdict(dict)
    for look in looks:
        resource = live[look.target].resource
        if resource and KINDS[look.target.kind].tagged == "apart" and _open(look, resource):
            found[look.target.account, resource.region or look.target.region][look.target] = None
    for (account, region), targets in found.items():
        yield from ((account, region, some) for some in batches(list(targets), MOST))


def _open(look: Look, resource: Resource) -> bool:
    """Whether an action has anything left to do there, or a person has; an undo names no owners."""
    if look.options is None:
        return False
    kind = KINDS[look.target.kind]
    verb = kind.verbs[look.action]
    shown = kind.narrowed(resource, parts_needed(kind, look.action, look.options, resource))
    try:
        return bool(verb.needed(shown, verb.options.model_validate(dict(look.options))))
    except (Refused, Underway):
        return True


def _tags(reader: Reader, account: str, region: str, targets: Sequence[Target]) -> Tagged | Problem:
    arns = [target.arn for target in targets]

    def see(place: Entered) -> list[Resource]:
        return [Resource(arn, {}, tags=labels) for arn, labels in tags_of(place, arns).items()]

    found = reader.look(account, region, see)
    return found if isinstance(found, Problem) else {one.name: one.tags for one in found}


def tags_of(place: Entered, arns: Sequence[str]) -> Tagged:
    """ARN -> tags, of at most MOST resources of a region; what never had any is missing."""
    found = pages(place, TAGS_OF, "ResourceTagMappingList[]", ResourceARNList=list(arns))
    return {one["ResourceARN"]: tags(one.get("Tags")) for one in found}


def _labelled(sighting: Sighting, target: Target, found: Tagged | Problem) -> Sighting:
    if isinstance(found, Problem) or sighting.resource is None:
        return Sighting(problem=found) if isinstance(found, Problem) else sighting
    return Sighting(resource=replace(sighting.resource, tags=found.get(target.arn, {})))
