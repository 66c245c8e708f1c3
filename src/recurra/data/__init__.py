"""Floor 2: files to examples to batches. Knows no layer."""
