"""Predict the next symbol of a text: score texts, and write them."""
