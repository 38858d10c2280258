"""How the networks were trained, offline. The app never imports this package."""
