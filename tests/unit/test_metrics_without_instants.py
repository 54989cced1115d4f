"""What Prometheus reads holds figures and no instant of what somebody did."""

import consultation_service.metrics
import gateway.metrics
import identity_service.metrics


def test_no_series_says_when() -> None:
    services = (identity_service.metrics.Metrics(), consultation_service.metrics.Metrics(), gateway.metrics.Metrics())
    for metrics in services:
        metrics.observe("/v1/contributions/{contribution}/vote", "PUT", 204, 0.001)
        text = metrics.text().decode()
        assert "/vote" in text
        assert "_created" not in text
