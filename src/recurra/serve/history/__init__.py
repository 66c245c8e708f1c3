"""How runs were trained, and how the training of one goes on."""
