"""Makes documents to look at: python -m tests.documents FOLDER."""
