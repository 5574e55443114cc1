"""`python -m tests.contracts` writes the golden file of each new event. It changes none."""

from tests.contracts.golden import write_missing

for path in write_missing():
    print(path)
