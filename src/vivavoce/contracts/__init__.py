"""What services know of each other: rights, tokens, events, messages and protocols."""
