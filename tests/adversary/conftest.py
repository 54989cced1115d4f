"""The consultation service, to attack what it really releases."""

from tests.integration.consultation.conftest import house, settings

__all__ = ["house", "settings"]
