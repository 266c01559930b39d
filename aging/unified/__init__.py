"""The vendor's door: Unified.to's HTTP, its field names and its quirks, and nothing of them beyond this package."""
