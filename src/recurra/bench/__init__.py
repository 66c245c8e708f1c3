"""Floor 5: speed, measured side by side; `recurra bench` and benchmarks/layers.py are thin over it.

`timing` runs ways to do the same work in turn, `grid` holds the layers that are compared, `report` the tables, and
`machine` tells on what they were made.
"""
