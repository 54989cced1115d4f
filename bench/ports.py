"""Free ports of loopback."""

import random
import socket


def free_port_base(count: int) -> int:
    """The first of ``count`` consecutive ports that nothing listens on at the moment."""
    while True:
        base = random.randrange(20_000, 30_000)
        if all(_is_free(base + offset) for offset in range(count)):
            return base


def _is_free(port: int) -> bool:
    with socket.socket() as attempt:
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
