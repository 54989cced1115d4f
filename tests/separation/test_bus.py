"""What each service may not do on the bus is tried on a real server, and refused."""

import json
import pathlib

import nats
import pytest
from nats.aio.client import Client

from contracts import subjects
from contracts.subjects import READERS, STREAMS, Service
from deploy.secrets import PROVISIONERS
from tests.separation import forbidden, one_account, smuggling
from tests.separation.bus_probe import connected, refuses_connection
from tests.separation.conftest import Bus, Observer

pytestmark = pytest.mark.anyio
SERVICES = pytest.mark.parametrize("service", list(Service))


@SERVICES
async def test_forbidden_actions_are_refused(service: Service, guarded_bus: Bus, observer: Observer) -> None:
    publications, subscriptions = forbidden.publications(service), forbidden.subscriptions(service)
    assert len(publications) + len(subscriptions) >= 50
    before = await observer.sequences()
    async with connected(guarded_bus.url, service, guarded_bus.seed(service)) as probe:
        assert set(publications) - await probe.refused_publications(publications) == set()
        assert set(subscriptions) - await probe.refused_subscriptions(subscriptions) == set()
        assert set(subscriptions) - await probe.refused_subscriptions(subscriptions, queue="together") == set()
    assert await observer.sequences() == before


@pytest.mark.parametrize("user", PROVISIONERS)
async def test_who_makes_streams_reads_and_writes_none(user: str, guarded_bus: Bus) -> None:
    tried = [smuggling.concrete(subject) for stream in STREAMS for subject in stream.subjects]
    tried += [subject for reader in READERS for subject in subjects.requests(reader)]
    tried += [f"$JS.API.STREAM.{verb}.{stream.name}" for stream in STREAMS for verb in ("MSG.GET", "DELETE", "PURGE")]
    tried += [f"$JS.API.STREAM.CREATE.{stream.name}" for stream in STREAMS if stream.owner is not PROVISIONERS[user]]
    async with connected(guarded_bus.url, user, guarded_bus.seed(user)) as probe:
        assert set(tried) - await probe.refused_publications(tried) == set()
        assert await probe.refused_subscriptions([">", "_INBOX_identity.>"]) == {">", "_INBOX_identity.>"}


async def test_nobody_else_connects(guarded_bus: Bus) -> None:
    url = guarded_bus.url
    assert await refuses_connection(url)
    assert await refuses_connection(url, user="identity", **{"pass": "identity"})
    assert await refuses_connection(url, auth_token="identity")
    assert await refuses_connection(url, seed=one_account.new_user()[0])
    assert not await refuses_connection(url, seed=guarded_bus.seed("identity"))


async def test_each_service_has_a_key_of_its_own(guarded_bus: Bus) -> None:
    users = (*Service, *PROVISIONERS)
    assert len({guarded_bus.seed(user) for user in users}) == len(users)
    for user in users:
        assert guarded_bus.secrets.seed_file(user).stat().st_mode & 0o077 == 0


@SERVICES
async def test_nothing_is_smuggled_by_reply_subjects(service: Service, guarded_bus: Bus, observer: Observer) -> None:
    await _something_in_every_stream(guarded_bus)
    async with connected(guarded_bus.url, service, guarded_bus.seed(service)) as probe:
        assert await smuggling.smuggled(probe, service, observer.sequences) == {}


@SERVICES
async def test_in_one_account_the_same_is_smuggled(service: Service, tmp_path: pathlib.Path) -> None:
    """The control: the same lists of permissions, the same attempts, without the accounts."""
    with one_account.server(tmp_path, limited=True) as (url, seeds):
        await one_account.provision(url, seeds[one_account.PROVISIONER])
        client = await nats.connect(url, nkeys_seed_str=seeds[one_account.PROVISIONER])
        context = client.jetstream()
        for stream in STREAMS:
            await context.publish(smuggling.concrete(stream.subjects[0]), b"{}")

        async def sequences() -> dict[str, int]:
            return {stream.name: (await context.stream_info(stream.name)).state.last_seq for stream in STREAMS}

        async with connected(url, service, seeds[service]) as probe:
            assert await smuggling.smuggled(probe, service, sequences)
        await client.close()


async def test_without_lists_nothing_is_refused(tmp_path: pathlib.Path) -> None:
    """The control: the probe does see what a server accepts."""
    with one_account.server(tmp_path, limited=False) as (url, seeds):
        async with connected(url, "gateway", seeds["gateway"]) as probe:
            assert await probe.refused_publications(["consultation.v1.announced", "_INBOX_identity.x"]) == set()
            assert await probe.refused_subscriptions([">", "identity.>"]) == set()


async def test_what_must_work_works(guarded_bus: Bus) -> None:
    """Publish, pull and acknowledge across accounts; what is acknowledged does not come back."""
    stream = "IDENTITY"
    async with (
        connected(guarded_bus.url, "identity", guarded_bus.seed("identity")) as identity,
        connected(guarded_bus.url, "consultation", guarded_bus.seed("consultation")) as consultation,
    ):
        await _drain(consultation.client, stream, "consultation")
        said = {"Nats-Msg-Id": forbidden.SOME_ID}
        first = await identity.client.jetstream().publish(subjects.ERASURE_REQUESTED, b"{}", headers=said)
        again = await identity.client.jetstream().publish(subjects.ERASURE_REQUESTED, b"{}", headers=said)
        assert (first.stream, again.duplicate) == (stream, True)
        pull = await consultation.client.jetstream().pull_subscribe_bind("consultation", stream)
        messages = await pull.fetch(5, timeout=1)
        assert [message.data for message in messages] == [b"{}"]
        await messages[0].ack()
        await consultation.client.flush()
        with pytest.raises(nats.errors.TimeoutError):
            await pull.fetch(1, timeout=1)
        assert identity.violations == consultation.violations == []


async def test_the_public_stream_can_be_read_again(guarded_bus: Bus) -> None:
    await _something_in_every_stream(guarded_bus)
    async with connected(guarded_bus.url, "gateway", guarded_bus.seed("gateway")) as gateway:
        answers = await gateway.client.subscribe(f"{subjects.inbox('gateway')}.replay")
        asked = json.dumps({"batch": 10, "next_by_subj": "public.v1.>", "seq": 1}).encode()
        await gateway.client.publish("$JS.API.DIRECT.GET.PUBLIC", asked, reply=f"{subjects.inbox('gateway')}.replay")
        message = await answers.next_msg(timeout=2)
        assert message.headers
        assert message.headers["Nats-Subject"].startswith("public.v1.")


async def _something_in_every_stream(bus: Bus) -> None:
    for stream in STREAMS:
        async with connected(bus.url, stream.owner, bus.seed(stream.owner)) as probe:
            await probe.client.jetstream().publish(smuggling.concrete(stream.subjects[0]), b"{}")


async def _drain(client: Client, stream: str, durable: str) -> None:
    pull = await client.jetstream().pull_subscribe_bind(durable, stream)
    while True:
        try:
            for message in await pull.fetch(100, timeout=0.5):
                await message.ack()
        except nats.errors.TimeoutError:
            return
