"""Pages of the desk about readers."""
