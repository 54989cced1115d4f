"""The independent checker's place: it may depend on ``contracts`` and on public files, never on a service."""
