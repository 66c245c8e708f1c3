"""Settings: what every job shares of them, their bounds, and how they are checked. Knows no network, and no PyTorch."""
