"""The version of Recurra."""

__version__ = "0.1.0"
