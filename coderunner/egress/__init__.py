"""The way out for code that an administrator allows to speak to named hosts: a proxy that lets nothing else through."""
