"""What runs in the jail around the user's code. It is trusted no more than that: the service checks what it says."""
