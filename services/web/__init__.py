"""The pages that people use: rendered on the server, from the questions that the API answers."""
