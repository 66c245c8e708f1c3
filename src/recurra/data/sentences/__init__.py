"""Sentences as words, and labels on them: file formats, label schemes, words to numbers."""
