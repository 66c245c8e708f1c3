"""What generators make, over HTTP: series, lines and clips, beside real ones, with the report on them."""
