"""docker-compose.yml and the Dockerfile stay in step with config/, the settings and scripts/asterisk."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from telephony.settings import load_settings

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "scripts"))

from pbx.defaults import DEFAULTS  # noqa: E402
from pbx.instance import PLACEHOLDER  # noqa: E402

Service = dict[str, Any]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    with (PROJECT / "docker-compose.yml").open() as file:
        return dict(YAML(typ="safe").load(file))


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (PROJECT / "Dockerfile").read_text()


def published(service: Service) -> set[str]:
    return {port.split(":")[-1].split("/")[0] for port in service["ports"]}


def test_every_service_is_a_stage_of_the_dockerfile_or_an_image(compose: dict[str, Any], dockerfile: str) -> None:
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", dockerfile, re.MULTILINE))
    built = {service["build"]["target"] for service in compose["services"].values() if "build" in service}
    assert built == {"asterisk", "ringside"}
    assert built <= stages


def test_asterisk_publishes_the_ports_its_configuration_has(compose: dict[str, Any]) -> None:
    service = compose["services"]["asterisk"]
    values = DEFAULTS | {name.removeprefix("RINGSIDE_PBX_"): value for name, value in service["environment"].items()}
    rtp = f"{values['RTP_START']}-{values['RTP_END']}"
    assert published(service) == {values["SIP_PORT"], values["HTTP_PORT"], rtp}


def test_asterisk_is_told_only_what_its_templates_ask_for(compose: dict[str, Any]) -> None:
    asked = {
        name for path in (PROJECT / "config/asterisk").glob("*.conf") for name in PLACEHOLDER.findall(path.read_text())
    }
    told = {name.removeprefix("RINGSIDE_PBX_") for name in compose["services"]["asterisk"]["environment"]}
    assert told <= DEFAULTS.keys()
    assert told <= asked
    assert DEFAULTS.keys() <= asked, "a default that no template asks for"


def test_ringside_reads_every_setting_that_it_is_given(compose: dict[str, Any]) -> None:
    given = compose["services"]["ringside"]["environment"]
    settings = load_settings(PROJECT / "config/ringside.toml", {**given, "RINGSIDE_AMI_SECRET": "x"})
    assert settings.settings.carriers.asterisk.host == "asterisk"
    assert settings.settings.carriers.asterisk.agi_allow == ("172.28.5.0/24",)
    assert settings.data_dir == Path("/state")
    assert published(compose["services"]["ringside"]) == {str(settings.settings.server.listen_port)}


def test_both_sides_mean_the_same_ports_network_and_files(compose: dict[str, Any]) -> None:
    asterisk, ringside = compose["services"]["asterisk"], compose["services"]["ringside"]
    settings = load_settings(PROJECT / "config/ringside.toml", {**ringside["environment"], "RINGSIDE_AMI_SECRET": "x"})
    ours = settings.settings.carriers.asterisk
    assert (str(ours.port), str(ours.agi_port)) == (DEFAULTS["AMI_PORT"], DEFAULTS["AGI_PORT"])
    subnet = compose["networks"]["company"]["ipam"]["config"][0]["subnet"]
    assert ours.agi_allow == (subnet,)
    assert asterisk["environment"]["RINGSIDE_PBX_AMI_PERMIT"].split("/")[0] == subnet.split("/")[0]
    shared = {volume for volume in asterisk["volumes"] if volume in ringside["volumes"]}
    assert shared == {"state:/state", "recordings:/app/recordings"}
    assert str(settings.cel_file) == "/state/asterisk/log/cel-custom/Master.csv"


def test_every_mounted_and_copied_file_exists(compose: dict[str, Any], dockerfile: str) -> None:
    mounted = [volume.split(":")[0] for service in compose["services"].values() for volume in service["volumes"]]
    copied = [
        word for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE) for word in line.split()[:-1]
    ]
    missing = [
        name
        for name in (*mounted, *copied)
        if (name.startswith("./") or name in copied) and not (PROJECT / name).exists()
    ]
    assert not missing


def test_the_settings_file_and_the_private_asterisk_agree() -> None:
    plain = load_settings(PROJECT / "config/ringside.toml", {"RINGSIDE_AMI_SECRET": "x"})
    ours = plain.settings.carriers.asterisk
    assert str(ours.port) == DEFAULTS["AMI_PORT"]
    assert f"{ours.agi_host}:{ours.agi_port}" == f"{DEFAULTS['AGI_HOST']}:{DEFAULTS['AGI_PORT']}"
    assert plain.cel_file == PROJECT / ".ringside/asterisk/log/cel-custom/Master.csv"
    assert plain.recordings_dir == PROJECT / "recordings"
    assert DEFAULTS["COMPANY_NUMBER"] in plain.settings.ivr.numbers
