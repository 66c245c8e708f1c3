"""Classify sequences, or answer them with numbers: once, or at every step."""
