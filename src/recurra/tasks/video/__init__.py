"""Videos to classes: what happens in clips, and when."""
