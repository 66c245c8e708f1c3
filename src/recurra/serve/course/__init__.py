"""The course on the page: its chapters as HTML, with what their code has shown where it was run."""
