"""The container files keep the separation: one image per service, one network per allowed link, no privilege."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from consultation_service.settings import Settings as ConsultationSettings
from deploy.postgres import SETTINGS
from gateway.settings import Settings as GatewaySettings
from identity_service.settings import Settings as IdentitySettings

DEPLOY = Path(__file__).parents[2] / "deploy"
PACKAGES = {"identity": "identity_service", "consultation": "consultation_service", "gateway": "gateway"}
SETTINGS_OF: dict[str, Any] = {
    "identity": IdentitySettings,
    "consultation": ConsultationSettings,
    "gateway": GatewaySettings,
}
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
PROGRAMS = [name for name, program in COMPOSE["services"].items() if "build" in program]


def example(service: str) -> dict[str, str]:
    lines = (DEPLOY / f"{service}.env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("service", PACKAGES)
def test_example_settings_are_accepted_by_the_service(service: str) -> None:
    settings = SETTINGS_OF[service].from_environment(example(service))
    assert settings.host == "0.0.0.0"
    assert settings.origin.startswith("https://")


@pytest.mark.parametrize("service", PACKAGES)
def test_example_settings_hold_no_secret_but_file_paths(service: str) -> None:
    for name, value in example(service).items():
        assert name.endswith("_FILE") == value.startswith("/run/secrets/"), name
        assert not name.endswith("_FILE") or value.startswith(f"/run/secrets/{service}/"), name


@pytest.mark.parametrize("service", PACKAGES)
def test_an_image_holds_its_package_contracts_and_nothing_else(service: str) -> None:
    text = (DEPLOY / "images" / f"{service}.Dockerfile").read_text()
    copied = {line.split()[-2] for line in text.splitlines() if line.startswith("COPY") and "--from" not in line}
    allowed = {PACKAGES[service], "contracts", f"requirements/{service}.txt", "requirements/theme.txt", "theme"}
    assert copied == allowed
    ignore = (DEPLOY / "images" / f"{service}.Dockerfile.dockerignore").read_text().split()
    assert ignore[0] == "*"
    assert {line[1:] for line in ignore if line.startswith("!")} == allowed


@pytest.mark.parametrize("file", sorted((DEPLOY / "images").glob("*.Dockerfile")), ids=lambda file: file.stem)
def test_an_image_is_pinned_and_does_not_run_as_root(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert all(re.fullmatch(r"FROM python:3\.\d+-slim( AS \w+)?", line) for line in lines if line.startswith("FROM"))
    assert [line for line in lines if line.startswith("USER")] == ["USER 10001:10001"]
    assert any("--require-hashes" in line for line in lines)


@pytest.mark.parametrize("name", PROGRAMS)
def test_our_programs_run_without_privilege(name: str) -> None:
    program = COMPOSE["services"][name]
    assert program["user"] == "10001:10001"
    assert program["read_only"] is True
    assert program["tmpfs"] == ["/tmp"]
    assert program["cap_drop"] == ["ALL"]
    assert program["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in program


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_given_its_own_secrets_only(name: str) -> None:
    owner = {"provision": "operator"}.get(name, name.removesuffix("-migrate"))
    look = [] if owner == "operator" else ["./instance/look:/run/look:ro"]
    assert COMPOSE["services"][name]["volumes"] == [f"./instance/secrets/{owner}:/run/secrets/{owner}:ro", *look]


def test_every_link_is_a_network_of_its_own() -> None:
    members: dict[str, set[str]] = {name: set() for name in COMPOSE["networks"]}
    for name, program in COMPOSE["services"].items():
        for network in program["networks"]:
            members[network].add(name.removesuffix("-migrate"))
    expected = {"provision-bus": {"bus", "provision"}}
    for service in PACKAGES:
        expected |= {
            f"{service}-database": {service, f"{service}-database"},
            f"{service}-bus": {service, "bus"},
            f"{service}-public": {service},
        }
    assert members == expected


def test_only_networks_with_a_published_port_have_a_way_out() -> None:
    outward = {name for name, network in COMPOSE["networks"].items() if not (network or {}).get("internal")}
    assert outward == {f"{service}-public" for service in PACKAGES}
    published = {name for name, program in COMPOSE["services"].items() if "ports" in program}
    assert published == set(PACKAGES)


def test_engines_are_official_images_pinned_by_tag() -> None:
    images = {program["image"] for program in COMPOSE["services"].values() if "image" in program}
    assert len(images) == 2
    assert any(re.fullmatch(r"postgres:18\.\d+", image) for image in images)
    assert any(re.fullmatch(r"nats:2\.\d+\.\d+-alpine", image) for image in images)


def test_databases_in_containers_log_as_little_as_on_one_machine() -> None:
    for service in PACKAGES:
        command = COMPOSE["services"][f"{service}-database"]["command"]
        given = dict(argument.removeprefix("-c").split("=", 1) for argument in command[1:])
        assert given == {name: SETTINGS[name].strip("'") for name in given}
        assert {name for name in SETTINGS if name.startswith("log_")} - given.keys() <= {
            "log_destination",
            "log_checkpoints",
            "log_autovacuum_min_duration",
            "log_lock_waits",
            "log_line_prefix",
            "log_timezone",
        }
