"""What each service must not be able to do on the bus: everything we could think of, minus what the contract grants."""

from contracts import subjects
from contracts.subjects import READERS, STREAMS, Service

SOME_ID = "7b0e8c4e-9d55-4c1d-8b3f-2f6d3a1c5e90"
OTHER_CONSUMER = "espion"
STREAM_VERBS = ("CREATE", "UPDATE", "DELETE", "PURGE", "INFO", "MSG.GET", "MSG.DELETE", "SNAPSHOT", "RESTORE")
CONSUMER_VERBS = ("CREATE", "DURABLE.CREATE", "DELETE", "INFO", "MSG.NEXT", "PAUSE", "LEADER.STEPDOWN", "UNPIN")


def covers(pattern: str, subject: str) -> bool:
    """Whether a permission for ``pattern`` allows ``subject``, which may have wildcards of its own."""
    allowed, asked = pattern.split("."), subject.split(".")
    for position, word in enumerate(allowed):
        if word == ">":
            return len(asked) > position
        if position >= len(asked) or asked[position] == ">" or (word not in ("*", asked[position])):
            return False
    return len(allowed) == len(asked)


def publications(service: Service) -> list[str]:
    """Subjects on which ``service`` must not be able to publish."""
    tried = [*_facts(), *_stream_requests(), *_consumer_requests(), *_reads(), *_acknowledgements(), *_system()]
    tried += [f"{subjects.inbox(other)}.{SOME_ID}" for other in _others(service)] + [f"_INBOX.{SOME_ID}"]
    return _refused(tried, subjects.may_publish(service))


def subscriptions(service: Service) -> list[str]:
    """Subjects to which ``service`` must not be able to subscribe."""
    tried = [">", "*", "*.>", "*.v1.*", "*.*.*", "identity.>", "consultation.>", "public.>", "_INBOX.>"]
    tried += ["$SYS.>", "$JS.>", "$JS.API.>", "$JS.ACK.>", "$JS.EVENT.ADVISORY.>", "$JS.API.CONSUMER.MSG.NEXT.>"]
    tried += [*_facts(), *(subject for stream in STREAMS for subject in stream.subjects), "_R_.>", "$NRG.>", "$KV.>"]
    tried += [f"{subjects.inbox(other)}.>" for other in (*_others(service), "operator", "provisioner")]
    return _refused(tried, subjects.may_subscribe(service))


def _refused(tried: list[str], granted: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(s for s in tried if not any(covers(pattern, s) for pattern in granted)))


def _others(service: Service) -> list[Service]:
    return [other for other in Service if other is not service]


def _facts() -> list[str]:
    named = [subject.replace("*", SOME_ID) for stream in STREAMS for subject in stream.subjects]
    return [*named, "identity.v1.something", "consultation.v1.something", "public.v1.something", "public.v2.tally.x"]


def _stream_requests() -> list[str]:
    asked = [f"$JS.API.STREAM.{verb}.{stream.name}" for stream in STREAMS for verb in STREAM_VERBS]
    asked += [f"$JS.API.CONSUMER.{verb}.{stream.name}" for stream in STREAMS for verb in ("NAMES", "LIST")]
    return [*asked, "$JS.API.STREAM.CREATE.ELSEWHERE", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$JS.API.INFO"]


def _consumer_requests() -> list[str]:
    names = [*Service, OTHER_CONSUMER]
    asked = [f"$JS.API.CONSUMER.{v}.{s.name}.{name}" for s in STREAMS for v in CONSUMER_VERBS for name in names]
    return [*asked, *(f"$JS.API.CONSUMER.CREATE.{stream.name}" for stream in STREAMS)]


def _reads() -> list[str]:
    direct = [f"$JS.API.DIRECT.GET.{stream.name}" for stream in STREAMS]
    return [*direct, *(f"$JS.API.DIRECT.GET.{s.name}.{s.subjects[0].replace('*', SOME_ID)}" for s in STREAMS)]


def _acknowledgements() -> list[str]:
    return [f"$JS.ACK.{reader.stream}.{name}.1.1.1.1.1" for reader in READERS for name in (*Service, OTHER_CONSUMER)]


def _system() -> list[str]:
    return [
        "$SYS.REQ.SERVER.PING", "$SYS.REQ.ACCOUNT.IDENTITY.CONNZ", "$SYS.REQ.SERVER.PING.CONNZ", "$SYS.REQ.USER.INFO",
        "$JS.API.ACCOUNT.PURGE.IDENTITY", "$JS.API.SERVER.REMOVE", "$JS.API.META.LEADER.STEPDOWN", "$JS.FC.IDENTITY.x",
        "$JSC.R.x", "$KV.bucket.key", "$O.bucket.M.x", "_R_.x.y", ">", "*",
    ]  # fmt: skip
