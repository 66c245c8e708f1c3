"""Runs explained, each in a process of its own, and the reports that come of it."""
