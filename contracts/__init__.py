"""What the three services agree on, and the only code they share: standard library and msgspec, no input or output."""
