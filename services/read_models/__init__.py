"""What fills read models: the projector, its checkpoint, and the past once more."""
