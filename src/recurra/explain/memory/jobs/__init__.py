"""What is remembered in each job: its answers with all, and with a part, of what came before."""
