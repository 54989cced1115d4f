"""The rules of a whole consultation, one noun a module: plain values and the clock come in, plain values come out.

Nothing here reads a database, a file or the network. What is refused is a ``contracts.http.Refusal`` whose code and
sentences are in ``reasons.py``.
"""
