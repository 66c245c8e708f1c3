"""Running text: tokenizers, corpora in the cache, contiguous streams, and symbols back to text."""
