"""Files of any kind: opened without trust, read strictly, written whole; and the cache."""
