"""What Prometheus reads holds figures and no instant of what somebody did."""

import subprocess
import sys

import pytest

SCRAPE = """
import importlib, sys
metrics = importlib.import_module(sys.argv[1]).Metrics()
metrics.observe("/v1/contributions/{contribution}/vote", "PUT", 204, 0.001)
sys.stdout.write(metrics.text().decode())
"""


@pytest.mark.parametrize("module", ["identity_service.metrics", "consultation_service.metrics", "gateway.metrics"])
def test_no_series_says_when(module: str) -> None:
    # Each in a process of its own: the setting is global, and one service must not owe it to another.
    text = subprocess.run([sys.executable, "-c", SCRAPE, module], capture_output=True, text=True, check=True).stdout
    assert "/vote" in text
    assert "_created" not in text
