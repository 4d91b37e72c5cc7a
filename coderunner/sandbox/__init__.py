"""The jail: what keeps an execution apart from everything else. The kernel is the wall; nothing here trusts Python."""
