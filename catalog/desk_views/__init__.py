"""The cataloguers' pages, one noun a module."""
