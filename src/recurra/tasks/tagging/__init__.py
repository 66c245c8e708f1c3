"""Label every word of a sentence."""
