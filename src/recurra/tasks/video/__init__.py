"""Classify clips: video, depth, skeletons, inertial sensors, each alone or all of them together."""
