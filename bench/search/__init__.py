"""How search does on a catalogue of Milan's size, beside Tantivy and Zebra. See README.md."""
