"""Tests of the shared documents."""
