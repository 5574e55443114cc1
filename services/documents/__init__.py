"""What people hand in: each kind of document as facts, a table and pages, from read models."""
