"""Adapters of the kernel's ports, one module or package a technology; nothing here knows of a service."""
