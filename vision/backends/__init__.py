"""Pose models: each finds BlazePose's 33 landmarks in a picture."""
