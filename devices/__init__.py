"""How the outside world speaks to the service: links, brokers and decoders."""
