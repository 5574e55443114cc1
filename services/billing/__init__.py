"""An example of a service of others: it follows billable days and makes claim lines of them.

It has its own database and its own place in the stream. Of Daybook it uses the messages alone, and
the way of following them; copy it to begin with.
"""
