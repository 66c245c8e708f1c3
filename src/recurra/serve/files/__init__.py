"""Files that clients send, decoded by processes of their own, and answered by runs."""
