"""How a show is commanded and watched: the messages of its socket, and a client. Knows no conductor."""
