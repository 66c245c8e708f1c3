"""Which inputs decided an output: of any torch module with sequences, and of every job."""
