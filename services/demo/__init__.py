"""An invented clinic of today: its people and weeks, laid around the present moment by a seed.

Everybody in it is made up. What happened there is recorded by the commands that a clinic uses, each
at the moment at which it would have been given, so that what was known when can be asked.
"""
