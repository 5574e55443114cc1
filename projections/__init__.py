"""Read models: their tables, how each event changes them, the questions they answer."""
