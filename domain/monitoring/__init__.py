"""What is measured of a patient: questionnaires and drug tests. Privacy class `clinical`."""
