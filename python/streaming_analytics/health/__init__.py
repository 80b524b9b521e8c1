"""What `streaming doctor` looks at: the machine, the shell and the server."""
