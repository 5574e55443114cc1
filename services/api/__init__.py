"""Daybook over HTTP: commands, questions, sign-in and what changed, under `/v1`."""
