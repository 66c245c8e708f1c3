"""Sequences and their answers, as examples: labels, targets, the names of features, what the numbers are like."""
