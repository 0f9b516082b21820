"""The pages about copies, duplicates and stocktakes, one noun a module."""
