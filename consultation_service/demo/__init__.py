"""The demonstration consultation of a first start: an invented city, invented texts, invented votes."""

from consultation_service.demo.command import main

__all__ = ["main"]
