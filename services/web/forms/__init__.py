"""The forms in which people record something: one for each command."""
