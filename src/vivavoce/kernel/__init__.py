"""Ports and primitives that every service stands on; imports nothing else of Vivavoce."""
