"""The HTTP server and the browser apps."""
