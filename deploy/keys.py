"""``./cloison keys``: the secret files of a deployment with containers, and its NATS configuration."""

from pathlib import Path

from deploy import nats
from deploy.secrets import Secrets


def run(out: Path) -> int:
    """Make what is missing under ``out``: ``secrets/<program>/…`` and ``nats.conf``. No key is overwritten."""
    secrets = Secrets(out.absolute() / "secrets")
    secrets.make()
    configuration = out / "nats.conf"
    text = nats.configuration(nats.CONTAINER_LISTEN, nats.CONTAINER_STORE, secrets.bus_public_keys())
    configuration.write_text(text)
    print(
        f"Clés et configuration : {out.absolute()}. Gardez-en une copie hors ligne : sans elles, plus aucun compte.\n"
        f"Keys and configuration: {out.absolute()}. Keep a copy offline: losing them is losing every account."
    )
    return 0
