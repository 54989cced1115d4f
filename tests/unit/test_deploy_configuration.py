"""What deploy writes for the engines, and what it refuses."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from contracts.subjects import READERS, STREAMS, Service
from deploy import nats, postgres, provision
from deploy.environment import Addresses, environment
from deploy.errors import Stopped
from deploy.secrets import PROVISIONERS, Secrets, trusted_line

DEPLOY = Path(__file__).parents[2] / "deploy"


def test_the_committed_nats_configuration_is_the_generated_one() -> None:
    assert (DEPLOY / "nats.conf").read_text() == nats.reference(), (
        'Run: python -c "from deploy import nats; print(nats.reference(), end=str())" > deploy/nats.conf'
    )


def test_provisioning_users_may_only_ask_about_streams_of_their_account() -> None:
    for user, owner in PROVISIONERS.items():
        owned = {stream.name for stream in STREAMS if stream.owner is owner}
        for subject in nats.may_provision(user):
            assert subject.startswith("$JS.API.")
            assert not set(subject) & set("*>")
            assert subject.split(".")[-1] in owned or subject.split(".")[-2] in owned


def test_streams_that_carry_pseudonyms_forget_what_was_read() -> None:
    for stream in STREAMS:
        made = provision.stream_configuration(stream)
        assert made.deny_delete
        assert made.allow_direct == (stream.keeps == "last")
        assert made.max_msgs_per_subject == (1 if stream.keeps == "last" else -1)
        assert made.retention == ("limits" if stream.keeps == "last" else "workqueue")


def test_consumers_are_named_after_their_reader_and_never_give_up() -> None:
    for reader in READERS:
        made = provision.consumer_configuration(reader)
        assert made.durable_name == reader.service
        assert made.max_deliver == -1


@pytest.mark.parametrize("said", ["nats-server: v2.12.6", "nats-server: v2.15.1\n", "nats-server: v3.0.0"])
def test_a_recent_bus_is_accepted(said: str) -> None:
    nats.check_version(said)


@pytest.mark.parametrize("said", ["nats-server: v2.12.5", "nats-server: v1.99.99", "", "nonsense"])
def test_an_old_bus_is_refused(said: str) -> None:
    with pytest.raises(Stopped, match=r"2\.12\.6"):
        nats.check_version(said)


def test_each_role_enters_its_own_database_only() -> None:
    rules = [line.split() for line in postgres.access_rules().splitlines() if not line.startswith("#")]
    assert rules == [
        *(["host", str(service), str(service), "127.0.0.1/32", "scram-sha-256"] for service in Service),
        ["host", "all", "operator", "127.0.0.1/32", "scram-sha-256"],
    ]


def test_postgres_is_durable_and_silent() -> None:
    text = postgres.configuration(8003)
    for line in (
        "port = 8003",
        "listen_addresses = '127.0.0.1'",
        "unix_socket_directories = ''",
        "fsync = on",
        "synchronous_commit = on",
        "full_page_writes = on",
        "track_commit_timestamp = off",
        "log_statement = none",
        "log_error_verbosity = terse",
        "log_min_error_statement = panic",
        "log_parameter_max_length = 0",
        "log_parameter_max_length_on_error = 0",
    ):
        assert f"{line}\n" in text


def test_secrets_are_made_once_and_closed_to_others(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "secrets")
    secrets.make()
    before = {path: path.read_bytes() for path in secrets.folder.rglob("*") if path.is_file()}
    secrets.make()
    assert before == {path: path.read_bytes() for path in secrets.folder.rglob("*") if path.is_file()}
    assert all(path.stat().st_mode & 0o077 == 0 for path in [secrets.folder, *secrets.folder.rglob("*")])


def test_each_program_trusts_the_other_producer(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    secrets.make()
    identity = trusted_line(secrets.path("identity", "event.pem").read_bytes())
    consultation = trusted_line(secrets.path("consultation", "event.pem").read_bytes())
    assert secrets.path("consultation", "trusted_event_keys").read_text() == identity + "\n"
    assert secrets.path("identity", "trusted_event_keys").read_text() == consultation + "\n"
    assert secrets.path("gateway", "trusted_event_keys").read_text() == consultation + "\n"


def test_identity_has_a_host_name_of_its_own() -> None:
    addresses = Addresses(9000)
    assert addresses.origin("gateway") == "http://localhost:9000"
    assert addresses.origin("identity") == "http://127.0.0.1:9001"
    assert addresses.origin("consultation") == "http://localhost:9002"
    assert list(addresses.ports()) == [9000, 9001, 9002, 9003, 9004]


@pytest.mark.parametrize("service", ["consultation", "gateway", "identity"])
def test_the_examples_put_gateway_and_consultation_on_one_site_and_identity_on_another(service: str) -> None:
    """The session cookie of consultation is SameSite=Lax: a page of another site would post without it."""
    lines = (DEPLOY / f"{service}.env.example").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    prefix = f"{service.upper()}_"
    hosts = {
        other: given.get(f"{prefix}{other.upper()}_ORIGIN", given[f"{prefix}ORIGIN"]).removeprefix("https://")
        for other in ("gateway", "consultation", "identity")
    }
    assert hosts["consultation"].endswith(f".{hosts['gateway']}")
    assert not hosts["identity"].endswith(hosts["gateway"])


def test_an_older_home_gets_the_keys_it_lacks_and_keeps_the_others(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "secrets")
    secrets.make()
    kept = secrets.path("identity", "vault.key").read_bytes()
    late = [("identity", "staff.key"), ("identity", "notice.pem"), ("consultation", "notice.key")]
    for program, name in late:
        secrets.path(program, name).unlink()
    secrets.make()
    assert secrets.path("identity", "vault.key").read_bytes() == kept
    for program, name in late:
        assert secrets.path(program, name).stat().st_mode & 0o777 == 0o600
    private = load_pem_private_key(secrets.path("identity", "notice.pem").read_bytes(), None)
    assert isinstance(private, X25519PrivateKey)
    public = base64.b64decode(secrets.path("consultation", "notice.key").read_text())
    assert public == private.public_key().public_bytes_raw()


def test_one_look_is_given_to_the_three_services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOISON_THEME", "state")
    monkeypatch.setenv("CLOISON_SITE_NAME", "Ma consultation")
    monkeypatch.setenv("CLOISON_ELSE", "no setting of a service")
    secrets = Secrets(tmp_path)
    for service in Service:
        given = environment(service, Addresses(), secrets, database="postgresql://x@y/z", bus="nats://x")
        look = {name: value for name, value in given.items() if "THEME" in name or "SITE" in name or "ELSE" in name}
        prefix = service.upper()
        assert look == {f"{prefix}_THEME": "state", f"{prefix}_SITE_NAME": "Ma consultation"}


def test_the_examples_of_the_three_services_have_one_look() -> None:
    looks = []
    for service in Service:
        lines = (DEPLOY / f"{service}.env.example").read_text().split("\n")
        looks.append([line.replace(f"{service.upper()}_", "") for line in lines if "THEME=" in line or "SITE_" in line])
    assert looks[0] == looks[1] == looks[2]
    assert len(looks[0]) == 4
