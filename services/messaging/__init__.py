"""NATS: the stream, the relay to it, readers, subscriptions, credentials."""
