"""Results folders -> numbers -> pictures. Reads CSV and JSON alone: no torch, and nothing in a folder is ever run."""
