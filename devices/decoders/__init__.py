"""Pure decoders: bytes of one protocol in, readings out."""
