"""Tonight's show: setlist, transport and control socket. It commands the engine and never touches audio."""
