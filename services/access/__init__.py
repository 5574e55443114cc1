"""Who somebody is, what they may do and see, and who looked at whose record."""
