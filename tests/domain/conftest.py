from hypothesis import settings

# The same examples each time: a test that fails, fails for everybody.
settings.register_profile("domain", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("domain")
