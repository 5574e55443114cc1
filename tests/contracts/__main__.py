"""`python -m tests.contracts` publishes what is new: schemas and examples. It changes none."""

from tests.contracts.publishing import write_missing

for path in write_missing():
    print(path)
