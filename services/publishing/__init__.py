"""What is derived from read models and told to others."""
