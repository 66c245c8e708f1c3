"""Clips: videos, depth videos, skeletons and measurements of movements, from files to samples at a rate."""
