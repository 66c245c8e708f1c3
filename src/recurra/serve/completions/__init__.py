"""The completions API, as its clients expect it."""
