"""Leaf modules of Milanolib: settings, errors, locks, clock, HTTP answers. They import no app."""

__version__ = "0.1.0"
