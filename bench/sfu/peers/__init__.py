"""The SFUs that are compared, each with its signalling."""
