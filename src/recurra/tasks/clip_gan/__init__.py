"""Clips made like those of a person: what is in them stays, and moves as theirs do."""
