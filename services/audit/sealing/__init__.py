"""Sealing: who follows the logs, works out their trees, and signs heads."""
