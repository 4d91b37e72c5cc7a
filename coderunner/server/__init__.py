"""The service around the jail: HTTP in, jailed executions out. It never runs, parses or unpickles what code made."""
