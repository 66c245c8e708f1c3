"""Networks that tell real samples from made ones, a kind a file; each gives a score a sample, higher for real ones."""
