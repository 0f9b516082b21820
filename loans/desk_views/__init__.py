"""The pages of the librarians' desk, one noun a module."""
