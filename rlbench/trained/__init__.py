"""What one does with a finished policy: load it, and let it act."""
