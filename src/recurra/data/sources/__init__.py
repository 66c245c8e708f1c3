"""What a person names, found: files of any format, folders, and named data sets."""
