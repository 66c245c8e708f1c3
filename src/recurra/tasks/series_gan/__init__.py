"""Time series made by networks that learnt from a table, and whether they look real."""
