"""Environments: locked sets of packages, resolved and installed in the jail, kept on disk, mounted read-only."""
