"""A benchmark asks at its end: is each target as wanted, each bystander as it was, nothing new, nothing gone?"""

from __future__ import annotations

from benchmarks.world import Place, Target, Thing, World, differences

HERE = Place("111100000000", "eu-west-1")
STOP, STAND = Thing("instance", HERE, "i-1"), Thing("instance", HERE, "i-2")
GROUP, USER = Thing("security-group", HERE, "sg-1"), Thing("user", HERE, "ada")
BEFORE: dict[Thing, object] = {
    STOP: "running",
    STAND: "running",
    GROUP: ["tcp 22 0.0.0.0/0", "tcp 443 203.0.113.0/24"],
    USER: ["reads", "AKIA1 Active"],
}
TARGETS = [Target(STOP, "disable"), Target(GROUP, "disable"), Target(USER, "kill")]
DONE: dict[Thing, object] = {STOP: "stopped", STAND: "running", GROUP: ["tcp 443 203.0.113.0/24"]}
WANTED = World({"one": HERE.account}, [HERE.region], TARGETS, BEFORE).wanted()


def test_all_is_as_it_must_be() -> None:
    assert differences(WANTED, DONE) == []


def test_what_is_left_undone_is_told() -> None:
    left: dict[Thing, object] = {**DONE, STOP: "running", USER: BEFORE[USER]}
    assert differences(WANTED, left) == [
        "instance i-1 in 111100000000 eu-west-1: running, not stopped",
        "user ada in 111100000000 eu-west-1: ['reads', 'AKIA1 Active'], not None",
    ]


def test_what_is_done_to_a_bystander_is_told() -> None:
    assert differences(WANTED, {**DONE, STAND: "stopped"}) == [
        "instance i-2 in 111100000000 eu-west-1: stopped, not running"
    ]
    gone = {thing: how for thing, how in DONE.items() if thing != STAND}
    assert differences(WANTED, gone) == ["instance i-2 in 111100000000 eu-west-1: None, not running"]


def test_a_rule_that_went_beyond_the_open_ones_and_a_thing_that_is_new_are_told() -> None:
    new = Thing("role", HERE, "made")
    assert len(differences(WANTED, {**DONE, GROUP: []})) == 1
    assert differences(WANTED, {**DONE, new: ["admin"]}) == ["role made in 111100000000 eu-west-1: ['admin'], not None"]
