"""An app that comes later: it lends umbrellas, and tells who borrowed one. Nothing of ours knows it."""
