"""Starts things: the embedded engines, the three services, and everything that only an operator may do."""
