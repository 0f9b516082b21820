def register_pages() -> None:
    """Placeholder."""
