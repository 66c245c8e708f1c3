"""The pages of the course made into a site and notebooks: their code is run, and what it shows put beside it."""
