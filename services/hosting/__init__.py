"""What runs in a process, and how it stands: bootstrap, supervisor, status."""
