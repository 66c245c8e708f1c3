"""Texts that a language model writes for several clients at once."""
