"""The list of AWS's regions is the one that the pinned SDK knows."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.loaders import create_loader

from reconciler.load.repository import load
from reconciler.model.regions import REGIONS, partition_of
from tests.bad_files import RIGHT, faults_of


def test_the_regions_are_those_of_the_sdk() -> None:
    data = create_loader()
    known: dict[str, set[str]] = {}
    for partition in data.load_data("endpoints")["partitions"]:
        known.setdefault(partition["partition"], set()).update(partition["regions"])
    for partition in data.load_data("partitions")["partitions"]:
        # `aws-global` and its like are no regions, but where the SDK sends calls to global services.
        regions = {region for region in partition["regions"] if not region.endswith("-global")}
        known.setdefault(partition["id"], set()).update(regions)

    assert {partition: set(regions) for partition, regions in REGIONS.items()} == known


CONFIG = RIGHT["krampus.yaml"]
TASK = RIGHT["tasks/x.yaml"]


def faults(config: str, task: str = TASK, exemption: str = "") -> list[tuple[str, str]]:
    files = {"krampus.yaml": config, "tasks/x.yaml": task, **({"exemptions/x.yaml": exemption} if exemption else {})}
    return [(one.file, one.message) for one in faults_of({name: text.encode() for name, text in files.items()})]


def test_a_typo_in_the_configuration_is_blamed_on_the_configuration_alone() -> None:
    for typo in ("eu-wset-1", "eu-west-1a", "Ireland", "5"):
        ((file, message),) = faults(CONFIG.replace("[eu-west-1,", f"[{typo},"))

        assert file == "krampus.yaml"
        assert typo in message or "regions" in message


def test_a_typo_in_another_account_hides_nothing_of_a_task() -> None:
    config = CONFIG.replace("team: data}", "team: data, regions: [eu-wset-1]}")

    assert {file for file, _ in faults(config, TASK.replace("eu-west-1", "ap-south-1"))} == {
        "krampus.yaml",
        "tasks/x.yaml",
    }


def test_a_region_that_aws_opened_lately_can_be_used_once_it_is_said_to_be_one() -> None:
    config = CONFIG.replace("[eu-west-1,", "[eu-west-9,")

    assert [file for file, _ in faults(config, TASK.replace("eu-west-1", "eu-west-9"))] == ["krampus.yaml"]
    assert faults(f"{config}aws: {{new_regions: [eu-west-9]}}\n", TASK.replace("eu-west-1", "eu-west-9")) == []


@pytest.mark.parametrize(
    ("region", "new", "partition"),
    [
        ("eu-west-1", (), "aws"),
        ("cn-north-1", (), "aws-cn"),
        ("us-gov-west-1", (), "aws-us-gov"),
        ("eusc-de-east-1", (), "aws-eusc"),
        ("us-isob-east-1", (), "aws-iso-b"),
        ("eu-west-9", (), ""),
        ("eu-west-9", ("eu-west-9",), "aws"),
        ("us-gov-north-1", ("us-gov-north-1",), "aws-us-gov"),
        ("us-isof-west-1", ("us-isof-west-1",), "aws-iso-f"),
        ("eu-isoe-north-1", ("eu-isoe-north-1",), "aws-iso-e"),
        ("us-iso-south-1", ("us-iso-south-1",), "aws-iso"),
        ("us-isob-west-2", ("us-isob-west-2",), "aws-iso-b"),
        ("eusc-de-west-1", ("eusc-de-west-1",), "aws-eusc"),
        ("cn-south-1", ("cn-south-1",), "aws-cn"),
        ("Ireland", ("Ireland",), ""),
        ("", ("",), ""),
    ],
)
def test_a_region_tells_its_partition(region: str, new: tuple[str, ...], partition: str) -> None:
    assert partition_of(region, new) == partition


def test_a_typo_in_the_configuration_is_not_blamed_on_an_exemption() -> None:
    config = CONFIG.replace("[eu-west-1,", "[eu-wset-1,")
    for arn in ("instance/i-0123456789abcdef0", "instance/*"):
        exemption = RIGHT["exemptions/x.yaml"].replace("instance/i-0123456789abcdef0", arn)

        assert [file for file, _ in faults(config, TASK, exemption)] == ["krampus.yaml"]


def test_the_names_of_a_copy_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "krampus.yaml").write_text(CONFIG)
    config = load(tmp_path).config
    assert config.names["444455556666"] == "data-lab"

    renamed = config.model_copy(update={"accounts": {"lab": config.accounts["data-lab"]}})

    assert renamed.names == {"444455556666": "lab"}


def test_an_account_that_lists_no_regions_has_all_that_aws_has_and_the_new_ones() -> None:
    config = CONFIG.replace(", regions: [eu-west-1, us-east-1]", "")
    exemption = RIGHT["exemptions/x.yaml"].replace("eu-west-1", "eu-west-9").replace("/i-0123456789abcdef0", "/*")
    task = TASK.replace("eu-west-1", "eu-west-9")

    assert faults(config, TASK.replace("eu-west-1", "ap-south-1")) == []
    assert [file for file, _ in faults(config, task, exemption)] == ["exemptions/x.yaml", "tasks/x.yaml"]
    assert faults(f"{config}aws: {{new_regions: [eu-west-9]}}\n", task, exemption) == []
