"""Scores of predictions: labels, spans, numbers, translations. Knows no network."""
