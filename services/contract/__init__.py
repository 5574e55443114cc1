"""What Daybook says to others, and what they may say to it: schemas, examples, a document."""
