"""What Daybook knows: aggregates, their events and the rules they keep. Pure: no clock, no I/O."""
