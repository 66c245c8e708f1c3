"""What is attributed of each job: its sequences, and how their outputs follow from the vectors that were read."""
