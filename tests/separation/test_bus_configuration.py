"""The generated configuration of NATS, read by a program that did not write it, is the contract: no more, no less."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contracts import subjects
from contracts.subjects import READERS, STREAMS, Service
from deploy import nats as generator
from deploy.secrets import PROVISIONERS
from tests.separation.nats_configuration import parse

KEYS = {user: f"U{position:055d}" for position, user in enumerate((*Service, *PROVISIONERS))}
USERS = {key: user for user, key in KEYS.items()}
ACCOUNTS = {service: service.upper() for service in Service}
TOP = {
    "server_name", "listen", "max_payload", "max_connections", "debug", "trace", "logtime_utc", "jetstream", "accounts",
}  # fmt: skip


def generated() -> dict[str, Any]:
    return parse(generator.configuration("127.0.0.1:4222", "/var/lib/cloison/streams", KEYS))


def differences(configuration: dict[str, Any]) -> list[str]:
    """What ``configuration`` grants and the contract does not, or the reverse."""
    found = [f"unexpected setting {name}" for name in sorted(configuration.keys() - TOP)]
    if configuration["jetstream"].get("sync_interval") != "always":
        found.append("publications are acknowledged before they are on the disk")
    if not configuration["listen"].startswith("127.0.0.1:"):
        found.append("listens beyond loopback")
    if set(configuration["accounts"]) != set(ACCOUNTS.values()):
        return [*found, "accounts are not one per service"]
    for service, name in ACCOUNTS.items():
        found += [f"{name}: {what}" for what in _account(configuration["accounts"][name], service)]
    return found


def _account(account: dict[str, Any], service: Service) -> list[str]:
    found = [f"unexpected setting {key}" for key in account.keys() - {"jetstream", "users", "exports", "imports"}]
    owned = [stream.name for stream in STREAMS if stream.owner is service]
    if ("jetstream" in account) != bool(owned):
        found.append("jetstream without a stream, or a stream without jetstream")
    users = {USERS.get(user["nkey"], "a stranger"): user for user in account["users"]}
    if set(users) != {service, *(user for user, owner in PROVISIONERS.items() if owner is service)}:
        return [*found, f"users {sorted(users)}"]
    for name, user in users.items():
        if user.keys() != {"nkey", "permissions"} or user["permissions"].keys() != {"publish", "subscribe"}:
            return [*found, f"{name} has more or less than a key and two lists"]
    if _sorted(users[service]["permissions"]["publish"]) != _sorted(subjects.may_publish(service)):
        found.append(f"{service} publishes otherwise")
    if _sorted(users[service]["permissions"]["subscribe"]) != _sorted(subjects.may_subscribe(service)):
        found.append(f"{service} subscribes otherwise")
    for name in users.keys() - {service}:
        found += _provisioner(name, users[name]["permissions"], owned)
    return [*found, *_crossings(account, service)]


def _provisioner(name: str, permissions: dict[str, Any], owned: list[str]) -> list[str]:
    allowed = {f"$JS.API.STREAM.{verb}.{stream}" for stream in owned for verb in ("CREATE", "UPDATE", "INFO")}
    allowed |= {
        f"$JS.API.CONSUMER.{verb}.{reader.stream}.{reader.service}"
        for reader in READERS
        if reader.stream in owned
        for verb in ("CREATE", "DURABLE.CREATE", "INFO")
    }
    too_much = set(permissions["publish"]) - allowed
    found = [f"{name} may also {subject}" for subject in sorted(too_much)]
    if permissions["subscribe"] != [f"_INBOX_{name}.>"]:
        found.append(f"{name} hears otherwise")
    return found


def _crossings(account: dict[str, Any], service: Service) -> list[str]:
    """What enters and leaves the account: the pulls, acknowledgements and replays of the contract."""
    exported = {(e["service"], tuple(e["accounts"])) for e in account.get("exports", [])}
    imported = {(i["service"]["subject"], i["service"]["account"]) for i in account.get("imports", [])}
    owner = {stream.name: stream.owner for stream in STREAMS}
    out = {(s, (ACCOUNTS[r.service],)) for r in READERS if owner[r.stream] is service for s in _asked(r)}
    into = {(s, ACCOUNTS[owner[r.stream]]) for r in READERS if r.service is service for s in _asked(r)}
    return [f"crossing {x}" for x in sorted(map(str, (exported ^ out) | (imported ^ into)))]


def _asked(reader: subjects.Reader) -> tuple[str, ...]:
    return (*subjects.requests(reader), subjects.acknowledgements(reader))


def _sorted(items: Any) -> list[str]:
    return sorted(items)


def test_the_configuration_is_the_contract() -> None:
    assert differences(generated()) == []


def _grant(c: dict[str, Any], account: str, kind: str, subject: str) -> None:
    c["accounts"][account]["users"][0]["permissions"][kind].append(subject)


DOCTORED: dict[str, Callable[[dict[str, Any]], object]] = {
    "one more publication": lambda c: _grant(c, "IDENTITY", "publish", "consultation.v1.announced"),
    "a wildcard": lambda c: _grant(c, "GATEWAY", "subscribe", ">"),
    "one publication less": lambda c: c["accounts"]["GATEWAY"]["users"][0]["permissions"]["publish"].pop(),
    "somebody without a list": lambda c: c["accounts"]["GATEWAY"]["users"][0].pop("permissions"),
    "a stranger": lambda c: c["accounts"]["IDENTITY"]["users"].append({"nkey": "UX", "permissions": {}}),
    "a stranger by password": lambda c: c.update(authorization={"user": "a", "password": "b"}),
    "anonymous access": lambda c: c.update(no_auth_user="gateway"),
    "a monitoring port": lambda c: c.update(http="127.0.0.1:8222"),
    "an export to another": lambda c: c["accounts"]["IDENTITY"]["exports"][0]["accounts"].append("GATEWAY"),
    "an export of everything": lambda c: c["accounts"]["IDENTITY"]["exports"].append({"service": ">", "accounts": []}),
    "a mapping": lambda c: c["accounts"]["CONSULTATION"].update(mappings={"a": "b"}),
    "one account": lambda c: c["accounts"].pop("GATEWAY"),
    "slow to the disk": lambda c: c["jetstream"].update(sync_interval="2m"),
    "a purge": lambda c: c["accounts"]["IDENTITY"]["users"][1]["permissions"]["publish"].append(
        "$JS.API.STREAM.PURGE.IDENTITY"
    ),
    "beyond loopback": lambda c: c.update(listen="0.0.0.0:4222"),
    "responses to anybody": lambda c: c["accounts"]["GATEWAY"]["users"][0]["permissions"].update(
        allow_responses="true"
    ),
}


@pytest.mark.parametrize("how", DOCTORED)
def test_a_doctored_configuration_is_noticed(how: str) -> None:
    configuration = copy.deepcopy(generated())
    DOCTORED[how](configuration)
    assert differences(configuration)


@pytest.mark.parametrize("text", ["a {", "a [1", "a", "a: 1\na: 2", "{", "a: ]", 'a: "x'])
def test_what_is_no_configuration_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each kind of mistake has its own words
        parse(text)
