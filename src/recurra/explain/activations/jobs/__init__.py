"""What each job reads, and what of it units could follow."""
