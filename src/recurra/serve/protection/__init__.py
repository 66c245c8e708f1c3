"""What lets a server stand in the open: who may ask, how much, how fast, and what is told of it.

Everything here is plain ASGI: the start of an answer is looked at, and what follows passes at the cost of a
comparison.
"""
