"""What a person has in memory, whoever made it: lists, arrays, tensors and frames, always by position."""
