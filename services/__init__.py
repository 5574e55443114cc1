"""What touches the world: journal, relay, projector, engines, command line."""
