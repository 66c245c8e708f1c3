"""Read a sentence and write another."""
