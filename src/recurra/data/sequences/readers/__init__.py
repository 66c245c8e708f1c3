"""One file format each: sequences and their answers from a path."""
