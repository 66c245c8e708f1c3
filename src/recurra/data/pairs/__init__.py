"""Sentence pairs: a source and its translation."""
